import django.db.models.deletion
from django.db import migrations, models


class Migration(migrations.Migration):
    dependencies = [("rooms", "0010_epoch")]

    operations = [
        migrations.AddField("room", "own_names", models.BooleanField(default=False)),
        migrations.CreateModel(
            name="OwnName",
            fields=[
                (
                    "id",
                    models.BigAutoField(
                        auto_created=True, primary_key=True, serialize=False, verbose_name="ID"
                    ),
                ),
                ("number", models.PositiveIntegerField()),
                ("name", models.CharField(max_length=20)),
                ("folded", models.CharField(max_length=400)),
                ("room", models.ForeignKey(on_delete=django.db.models.deletion.CASCADE, to="rooms.room")),
            ],
            options={
                "constraints": [
                    models.UniqueConstraint(fields=("room", "number"), name="one_own_name_a_person"),
                    models.UniqueConstraint(fields=("room", "folded"), name="one_person_an_own_name"),
                ]
            },
        ),
    ]
