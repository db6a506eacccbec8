from django.db import migrations, models
from django.utils import timezone


class Migration(migrations.Migration):
    dependencies = [("rooms", "0001_initial")]
    operations = [
        migrations.RemoveConstraint("progress", "one_progress_a_partition"),
        migrations.RenameField("progress", "incarnation", "log"),
        migrations.AddConstraint(
            "progress",
            models.UniqueConstraint(
                fields=["room", "log", "group", "topic", "partition"], name="one_progress_a_partition"
            ),
        ),
        migrations.AddField("room", "log", models.PositiveIntegerField(default=0)),
        migrations.AddField("room", "used_at", models.DateTimeField(default=timezone.now, db_index=True)),
    ]
