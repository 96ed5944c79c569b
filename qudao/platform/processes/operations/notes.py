"""Comments and files."""

from __future__ import annotations

from typing import Final

from qudao.platform.commands.command import command
from qudao.platform.commands.context import Context
from qudao.platform.processes.driving import locked
from qudao.platform.processes.models import Instance, Note, Task
from qudao.platform.processes.refusals import FileRefused, TaskNotFound, TextMissing
from qudao.platform.processes.types import InstanceId, NoteId, TaskId, Upload
from qudao.platform.vault import files, pictures

LONGEST_COMMENT: Final = 2_000
LONGEST_NAME: Final = 120
MOST_NOTES: Final = 500
"""Of one instance."""
_PDF: Final = b"%PDF-"


@command("processes.comment", subject="instance")
def comment(ctx: Context, *, instance: InstanceId, text: str, task: TaskId | None = None) -> NoteId:
    """
    Write a comment on an instance, or on a task of it; ended ones too.

    :raises InstanceNotFound: if there is none in the actor's scope.
    :raises TaskNotFound: if the task is none of it.
    :raises TextMissing: if the text is empty or too long.
    :raises FileRefused: if there are too many notes already.
    """
    row = locked(ctx, instance)
    if not 0 < len(text.strip()) <= LONGEST_COMMENT:
        raise TextMissing(LONGEST_COMMENT)
    _room(row, "")
    note = Note.objects.create(
        instance=row,
        task=_task_of(row, task),
        author=ctx.actor,
        at=ctx.at,
        text=text.strip(),
    )
    return NoteId(note.id)


@command("processes.attach", subject="instance")
def attach(
    ctx: Context,
    *,
    instance: InstanceId,
    name: str,
    content: bytes,
    text: str = "",
    task: TaskId | None = None,
) -> NoteId:
    """
    Attach a file to an instance: a JPEG or PNG picture, or a PDF file.

    :raises InstanceNotFound: if there is none in the actor's scope.
    :raises TaskNotFound: if the task is none of it.
    :raises FileRefused: if the file is of another sort, empty or too large, or there are too many.
    :raises PictureUnreadable: if it is no whole picture of a usable size.
    :raises TextMissing: if the text is too long.
    """
    row = locked(ctx, instance)
    if len(text) > LONGEST_COMMENT:
        raise TextMissing(LONGEST_COMMENT)
    return keep(ctx, row, _task_of(row, task), Upload("", name, content), text.strip())


def keep(ctx: Context, row: Instance, task: Task | None, upload: Upload, text: str = "") -> NoteId:
    """
    Store a file with an instance.

    :raises FileRefused: if it is of another sort, empty or too large, or there are too many.
    :raises PictureUnreadable: if it is no whole picture of a usable size.
    """
    name = upload.name.rsplit("/", 1)[-1].rsplit("\\", 1)[-1].strip()[:LONGEST_NAME]
    content, media_type = upload.content, "application/pdf"
    if not content or not name:
        raise FileRefused("empty", name)
    if len(content) > files.LARGEST:
        raise FileRefused("too_large", name)
    _room(row, name)
    if not content.startswith(_PDF):
        if not content.startswith((b"\x89PNG", b"\xff\xd8")):
            raise FileRefused("not_allowed", name)
        picture = pictures.clean(content, most=files.LARGEST)
        content, media_type = picture.content, picture.media_type
    note = Note.objects.create(
        instance=row,
        task=task,
        field=upload.field,
        author=ctx.actor,
        at=ctx.at,
        text=text,
        file_id=files.put(content, purpose="process.attachment", at=ctx.at),
        name=name,
        media_type=media_type,
    )
    return NoteId(note.id)


def _room(row: Instance, name: str) -> None:
    if Note.objects.filter(instance=row).count() >= MOST_NOTES:
        raise FileRefused("too_many", name)


def _task_of(row: Instance, task: TaskId | None) -> Task | None:
    if task is None:
        return None
    tasks = Task.objects.unscoped("the instance is in scope")
    found = tasks.filter(id=task, instance=row).first()
    if found is None:
        raise TaskNotFound(task)
    return found
