from django.db import migrations, models


class Migration(migrations.Migration):
    dependencies = [("rooms", "0007_given_up")]

    operations = [
        migrations.AddField("room", "hosted", models.BooleanField(default=False)),
        migrations.AddField(
            "room",
            "door",
            models.CharField(
                choices=[("open", "Open"), ("locked", "Locked"), ("ended", "Ended")],
                default="open",
                max_length=10,
            ),
        ),
        migrations.AddField("room", "paused", models.BooleanField(default=False)),
        migrations.AddField("room", "joined", models.PositiveIntegerField(default=0)),
    ]
