from django.db import migrations, models


class Migration(migrations.Migration):
    dependencies = [
        ("rooms", "0014_guests"),
    ]

    operations = [
        migrations.AddField(
            model_name="room",
            name="partitions",
            field=models.JSONField(default=dict),
        ),
    ]
