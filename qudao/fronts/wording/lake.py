"""Refusals of the lake: files of history, and what the BOSS drops."""

from django.utils.translation import gettext_lazy as _

from qudao.fronts.wording.words import Words

WORDS: Words = {
    "lake.amount_too_large": _(
        "An amount of %(amount)s fen at %(rate_ppm)s parts per million is more than can be "
        "computed exactly. Lower the rate, or correct the amount."
    ),
    "lake.columns_wrong": _(
        "%(file)s does not have the columns that were agreed on: %(problem)s. Ask the BOSS for a "
        "file with exactly those columns."
    ),
    "lake.control_unreadable": _(
        "The control file %(file)s is not of the agreed form: %(problem)s. Correct it and drop "
        "both files again."
    ),
    "lake.encoding_wrong": _(
        "%(file)s is not UTF-8: row %(row)s has octets that mean nothing. Ask for a file in UTF-8."
    ),
    "lake.extract_altered": _(
        "%(file)s is not the file that its control file speaks of: the digests differ. Drop the "
        "file whole, and the control file after it."
    ),
    "lake.extract_missing": _(
        "There is no file %(file)s beside its control file, or it is larger than two gigabytes. "
        "Drop it first, then the control file."
    ),
    "lake.extract_twice": _(
        "The same file was loaded before, as %(version)s. Nothing was changed; drop a corrected "
        "file if there is one."
    ),
    "lake.layout_unknown": _(
        "Nobody has agreed on an extract “%(layout)s” (%(file)s). Look at the list in the book for "
        "those that there are."
    ),
    "lake.outlets_not_exported": _(
        "The lake does not have the outlets of branch %(branch)s in %(month)s. Export that month "
        "first, then drop the extract again."
    ),
    "lake.too_many_broken": _(
        "%(broken)s of %(rows)s rows of %(file)s cannot be used, more than one of a hundred: "
        "%(examples)s. Nothing was loaded; ask for a correct file."
    ),
    "lake.total_wrong": _(
        "The control file of %(file)s says %(said)s for “%(column)s”, the file has %(found)s. "
        "Nothing was loaded; ask for a file that agrees with its control file."
    ),
    "lake.not_the_dataset": _(
        "The rows are not what the dataset %(dataset)s holds: %(problem)s. Correct their source, "
        "then write them again."
    ),
    "lake.version_changed": _(
        "The file %(version)s is not what it was when it was used. Bring it back from the backup."
    ),
    "lake.version_missing": _(
        "The file %(version)s is not in the lake. Bring it back from the backup, or choose another "
        "version."
    ),
    "lake.version_taken": _(
        "Somebody else wrote %(version)s at the same time. Try again; nothing of yours was written."
    ),
}
