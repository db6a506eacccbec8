from django.db import migrations, models
from django.utils import timezone

from apps.rooms.codes import new_trace_id


class Migration(migrations.Migration):
    dependencies = [("rooms", "0002_log")]
    operations = [
        migrations.CreateModel(
            name="Trace",
            fields=[
                (
                    "id",
                    models.CharField(default=new_trace_id, max_length=10, primary_key=True, serialize=False),
                ),
                ("room", models.CharField(db_index=True, max_length=6)),
                ("scenario", models.CharField(max_length=50)),
                ("created_at", models.DateTimeField(db_index=True, default=timezone.now)),
                ("body", models.BinaryField()),
            ],
        ),
    ]
