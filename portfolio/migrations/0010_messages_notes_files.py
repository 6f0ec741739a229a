"""Notes for the team, files, templates, mails that came in; what mail adds to a message."""

import django.core.validators
import django.db.models.deletion
import hubapp.refs
from django.db import migrations, models

from hubapp.db.protect import protect, unprotect


class Migration(migrations.Migration):

    dependencies = [
        ('accounts', '0002_network_slug'),
        ('portfolio', '0009_similar_ideas'),
    ]

    operations = [
        unprotect('portfolio_message'),
        migrations.AddField(
            model_name='message',
            name='mail_id',
            field=models.CharField(blank=True, max_length=250),
        ),
        migrations.AddField(
            model_name='message',
            name='remark',
            field=models.TextField(blank=True, max_length=4000),
        ),
        migrations.AddField(
            model_name='message',
            name='whole_text',
            field=models.TextField(blank=True),
        ),
        protect('portfolio_message'),
        migrations.CreateModel(
            name='Note',
            fields=[
                ('id', models.BigAutoField(auto_created=True, primary_key=True, serialize=False, verbose_name='ID')),
                ('actor_kind', models.CharField(choices=[('user', 'a person signed in'), ('key', 'an API key'), ('link', 'someone with a link'), ('system', 'Hubapp itself')], max_length=6)),
                ('actor_ref', models.CharField(max_length=40)),
                ('ref', hubapp.refs.RefField(default=hubapp.refs.new_ref, editable=False, max_length=10, unique=True, validators=[django.core.validators.RegexValidator('^[0123456789ABCDEFGHJKMNPQRSTVWXYZ]{10}$')])),
                ('body', models.TextField(max_length=20000)),
                ('at', models.DateTimeField()),
                ('once_key', models.CharField(blank=True, max_length=80, null=True, unique=True)),
                ('mail_state', models.CharField(blank=True, choices=[('held', 'Waits for you to look at it'), ('accepted', 'Taken as the submitter’s message'), ('kept', 'Kept as a note')], max_length=8)),
                ('mail_id', models.CharField(blank=True, max_length=250)),
                ('whole_text', models.TextField(blank=True)),
                ('remark', models.TextField(blank=True, max_length=4000)),
                ('innovation', models.ForeignKey(on_delete=django.db.models.deletion.PROTECT, related_name='notes', to='portfolio.innovation')),
                ('sender', models.ForeignKey(blank=True, null=True, on_delete=django.db.models.deletion.PROTECT, related_name='+', to='accounts.person')),
                ('site', models.ForeignKey(on_delete=django.db.models.deletion.PROTECT, related_name='+', to='accounts.site')),
            ],
            options={
                'ordering': ['at', 'id'],
            },
        ),
        migrations.CreateModel(
            name='Attachment',
            fields=[
                ('id', models.BigAutoField(auto_created=True, primary_key=True, serialize=False, verbose_name='ID')),
                ('actor_kind', models.CharField(choices=[('user', 'a person signed in'), ('key', 'an API key'), ('link', 'someone with a link'), ('system', 'Hubapp itself')], max_length=6)),
                ('actor_ref', models.CharField(max_length=40)),
                ('ref', hubapp.refs.RefField(default=hubapp.refs.new_ref, editable=False, max_length=10, unique=True, validators=[django.core.validators.RegexValidator('^[0123456789ABCDEFGHJKMNPQRSTVWXYZ]{10}$')])),
                ('name', models.CharField(max_length=120)),
                ('content_type', models.CharField(max_length=100)),
                ('size', models.PositiveIntegerField()),
                ('sha256', models.CharField(max_length=64)),
                ('stored_as', models.CharField(max_length=160)),
                ('at', models.DateTimeField()),
                ('removed_at', models.DateTimeField(blank=True, null=True)),
                ('removal_reason', models.CharField(blank=True, choices=[('patient', 'Patient details'), ('personal', "Somebody's personal details"), ('confidential', 'Confidential to a third party'), ('wrong', 'The wrong file'), ('unsafe', 'Not safe to open'), ('other', 'Other')], max_length=12)),
                ('removed_by_kind', models.CharField(blank=True, choices=[('user', 'a person signed in'), ('key', 'an API key'), ('link', 'someone with a link'), ('system', 'Hubapp itself')], max_length=6)),
                ('removed_by_ref', models.CharField(blank=True, max_length=40)),
                ('innovation', models.ForeignKey(on_delete=django.db.models.deletion.PROTECT, related_name='attachments', to='portfolio.innovation')),
                ('message', models.ForeignKey(blank=True, null=True, on_delete=django.db.models.deletion.PROTECT, related_name='attachments', to='portfolio.message')),
                ('site', models.ForeignKey(on_delete=django.db.models.deletion.PROTECT, related_name='+', to='accounts.site')),
                ('note', models.ForeignKey(blank=True, null=True, on_delete=django.db.models.deletion.PROTECT, related_name='attachments', to='portfolio.note')),
            ],
            options={
                'ordering': ['at', 'id'],
            },
        ),
        migrations.CreateModel(
            name='ReceivedMail',
            fields=[
                ('id', models.BigAutoField(auto_created=True, primary_key=True, serialize=False, verbose_name='ID')),
                ('ref', hubapp.refs.RefField(default=hubapp.refs.new_ref, editable=False, max_length=10, unique=True, validators=[django.core.validators.RegexValidator('^[0123456789ABCDEFGHJKMNPQRSTVWXYZ]{10}$')])),
                ('key', models.CharField(max_length=64, unique=True)),
                ('outcome', models.CharField(choices=[('message', 'A message from the submitter'), ('held', 'From another address: waits for the desk'), ('automatic', 'Written by a program: not kept'), ('unknown', 'For no idea that we know: not kept'), ('unreadable', 'No mail: not kept')], max_length=10)),
                ('at', models.DateTimeField(db_index=True)),
                ('innovation', models.ForeignKey(null=True, on_delete=django.db.models.deletion.PROTECT, related_name='+', to='portfolio.innovation')),
                ('site', models.ForeignKey(null=True, on_delete=django.db.models.deletion.PROTECT, related_name='+', to='accounts.site')),
            ],
        ),
        migrations.CreateModel(
            name='MessageTemplate',
            fields=[
                ('id', models.BigAutoField(auto_created=True, primary_key=True, serialize=False, verbose_name='ID')),
                ('ref', hubapp.refs.RefField(default=hubapp.refs.new_ref, editable=False, max_length=10, unique=True, validators=[django.core.validators.RegexValidator('^[0123456789ABCDEFGHJKMNPQRSTVWXYZ]{10}$')])),
                ('code', models.SlugField(blank=True, max_length=40)),
                ('name', models.CharField(max_length=100)),
                ('body', models.TextField(max_length=4000)),
                ('position', models.PositiveSmallIntegerField(default=0)),
                ('is_active', models.BooleanField(default=True)),
                ('version', models.PositiveIntegerField(default=1)),
                ('site', models.ForeignKey(on_delete=django.db.models.deletion.PROTECT, related_name='message_templates', to='accounts.site')),
            ],
            options={
                'ordering': ['position', 'id'],
                'constraints': [models.UniqueConstraint(condition=models.Q(('code', ''), _negated=True), fields=('site', 'code'), name='message_template_once'), models.UniqueConstraint(fields=('site', 'name'), name='message_template_name', violation_error_message='There is already a template with this name.')],
            },
        ),
        migrations.AddIndex(
            model_name='note',
            index=models.Index(fields=['innovation', 'at'], name='note_innovation'),
        ),
        migrations.AddIndex(
            model_name='note',
            index=models.Index(condition=models.Q(('mail_state', 'held')), fields=['site', 'at'], name='note_mail_waits'),
        ),
        migrations.AddIndex(
            model_name='attachment',
            index=models.Index(fields=['innovation', 'at'], name='attachment_innovation'),
        ),
        migrations.AddIndex(
            model_name='attachment',
            index=models.Index(condition=models.Q(('removed_at__isnull', True)), fields=['stored_as'], name='attachment_bytes'),
        ),
        migrations.AddConstraint(
            model_name='attachment',
            constraint=models.CheckConstraint(condition=models.Q(('message', None), ('note', None), _connector='OR'), name='attachment_of_one_thing'),
        ),
        migrations.AddConstraint(
            model_name='attachment',
            constraint=models.CheckConstraint(condition=models.Q(models.Q(('removal_reason', ''), ('removed_at', None)), models.Q(('removed_at__isnull', False), models.Q(('removal_reason', ''), _negated=True)), _connector='OR'), name='attachment_removed_why'),
        ),
        # The desk's answer to a mail from another address, and the removal of a file, may be written.
        protect('portfolio_note', but={'mail_state'}),
        protect(
            'portfolio_attachment',
            but={'removed_at', 'removal_reason', 'removed_by_kind', 'removed_by_ref'},
        ),
    ]
