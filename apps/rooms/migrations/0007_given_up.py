from django.db import migrations, models


class Migration(migrations.Migration):
    dependencies = [
        ("rooms", "0006_void"),
    ]

    operations = [
        migrations.AddField(
            model_name="progress",
            name="given_up",
            field=models.JSONField(default=list),
        ),
    ]
