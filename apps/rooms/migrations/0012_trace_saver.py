from django.db import migrations, models


class Migration(migrations.Migration):
    dependencies = [("rooms", "0011_own_names")]

    operations = [
        migrations.AddField("trace", "saver", models.CharField(db_index=True, default="", max_length=40)),
    ]
