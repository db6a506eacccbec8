from django.db import migrations, models


class Migration(migrations.Migration):
    dependencies = [
        ("rooms", "0005_heart_count"),
    ]

    operations = [
        migrations.AddField(
            model_name="progress",
            name="void",
            field=models.PositiveBigIntegerField(default=0),
        ),
    ]
