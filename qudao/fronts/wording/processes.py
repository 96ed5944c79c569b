"""Refusals of processes and their tasks."""

from django.utils.translation import gettext_lazy as _

from qudao.fronts.wording.words import Words

WORDS: Words = {
    "processes.already_running": _(
        "Such a process is under way for this already. Go on with that one, or cancel it first."
    ),
    "processes.cannot_migrate": _(
        "It was not carried over to version %(version)s: %(fault)s (%(label)s). Try "
        "again when it has gone further."
    ),
    "processes.cannot_take": _(
        "This person cannot do it: the role %(role)s is needed for this place, held by somebody "
        "who did not do what is checked here. Choose another one."
    ),
    "processes.data_not_usable": _(
        "A process cannot be started with these data. Leave out what is not needed."
    ),
    "processes.field_refused": _("%(label)s: %(fault)s. Correct this and send it again."),
    "processes.file_refused": _(
        "The file %(name)s was not taken: %(fault)s. Send JPEG or PNG pictures or PDF files, each "
        "of at most 5 MB."
    ),
    "processes.instance_ended": _(
        "This process has ended (%(instance_state)s): nothing of it can be changed any more."
    ),
    "processes.instance_not_found": _(
        "There is no such process where you may look (%(instance)s). Go back to the list."
    ),
    "processes.not_yours": _(
        "This is for somebody who holds the role %(role)s for this place. Leave it to them, or ask "
        "for the role."
    ),
    "processes.note_not_found": _(
        "There is no such file where you may look (%(note)s). Go back to the process."
    ),
    "processes.out_of_area": _(
        "This place lies outside your area (%(path)s). Let somebody there start it."
    ),
    "processes.process_leads": _(
        "A process is under way for this: %(label)s. Do its task in the worklist, or have it "
        "cancelled first."
    ),
    "processes.process_unknown": _("There is no such process (%(process)s). Choose one that is."),
    "processes.reminded_lately": _(
        "They were reminded a short while ago. Remind them again after %(again_at)s."
    ),
    "processes.second_person": _(
        "Another person has to do this: you did the step that is checked here (%(label)s). Leave "
        "it to a colleague."
    ),
    "processes.task_ended": _(
        "This task %(task_state)s already: somebody else was faster, or it is not needed any more. "
        "Go back to the worklist."
    ),
    "processes.task_free": _("Nobody has taken this task. Take it, or leave it to others."),
    "processes.task_not_found": _(
        "There is no such task where you may look (%(task)s). Go back to the worklist."
    ),
    "processes.task_taken": _(
        "Somebody else has taken this task. Leave it to them, or ask them to give it back."
    ),
    "processes.text_missing": _("Write something, of at most %(longest)s characters."),
    "processes.version_changed": _(
        "The files of version %(version)s of the process “%(process)s” were changed after it was "
        "used. Put them back as they were; changes belong into a new version."
    ),
}
