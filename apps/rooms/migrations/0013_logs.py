from django.db import migrations, models


class Migration(migrations.Migration):
    dependencies = [
        ("rooms", "0012_trace_saver"),
    ]

    operations = [
        migrations.AddField(
            model_name="room",
            name="logs",
            field=models.JSONField(default=dict),
        ),
    ]
