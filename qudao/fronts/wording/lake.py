"""Refusals of the lake: files of history, and what the BOSS drops."""

from django.utils.translation import gettext_lazy as _

from qudao.fronts.wording.words import Words

WORDS: Words = {
    "lake.amount_too_large": _(
        "An amount of %(amount)s fen at %(rate_ppm)s parts per million is more than can be "
        "computed exactly. Lower the rate, or correct the amount."
    ),
    "lake.columns_wrong": _(
        "%(file)s does not have the columns that were agreed on. Missing: %(lacking)s. Not agreed "
        "on: %(unknown)s. Nothing was loaded; ask for a file with exactly these columns, in this "
        "order: %(agreed)s."
    ),
    "lake.control_entry_wrong": _(
        "In the control file %(file)s the entry “%(entry)s” is “%(value)s”, which it cannot be. "
        "Nothing was loaded; have the entry corrected and drop both files again."
    ),
    "lake.control_incomplete": _(
        "The control file %(file)s does not have the entries that were agreed on. Missing: "
        "%(lacking)s. Not agreed on: %(unknown)s. Nothing was loaded; have it corrected and drop "
        "both files again."
    ),
    "lake.control_unreadable": _(
        "The control file %(file)s cannot be read: it is no JSON. Nothing was loaded; have it "
        "written anew and drop both files again."
    ),
    "lake.encoding_wrong": _(
        "%(file)s is not UTF-8: row %(row)s has octets that mean nothing. Nothing was loaded; ask "
        "for the file in UTF-8."
    ),
    "lake.extract_altered": _(
        "%(file)s is not the file that its control file speaks of: the digests (SHA-256) differ. "
        "Nothing was loaded; drop the file whole, and the control file after it."
    ),
    "lake.extract_missing": _(
        "There is no file %(file)s beside its control file. Nothing was loaded; drop the file "
        "first, then the control file."
    ),
    "lake.extract_too_large": _(
        "%(file)s is larger than two gigabytes, more than a branch's month can be. Nothing was "
        "loaded; have it looked into why."
    ),
    "lake.extract_twice": _(
        "The same file was loaded before, as %(version)s. Nothing was changed; drop a corrected "
        "file if there is one."
    ),
    "lake.extract_unreadable": _(
        "%(file)s is broken, or no file of the kind that its name says. Nothing was loaded; ask "
        "for it again."
    ),
    "lake.layout_unknown": _(
        "Nobody has agreed on an extract “%(layout)s”, as the control file %(file)s calls it. "
        "Nothing was loaded; there are these: %(known)s."
    ),
    "lake.outlets_not_exported": _(
        "The lake does not have the outlets of branch %(branch)s in %(month)s, so that none could "
        "be known. Nothing was loaded; export that month first, then drop the extract again."
    ),
    "lake.rows_wrong": _(
        "The control file of %(file)s says %(said)s rows, the file has %(found)s. Nothing was "
        "loaded; ask for a file that agrees with its control file."
    ),
    "lake.too_many_broken": _(
        "%(broken)s of %(rows)s rows of %(file)s cannot be used, more than one of a hundred. The "
        "first ones: %(examples)s Nothing was loaded; ask for a correct file."
    ),
    "lake.total_wrong": _(
        "The control file of %(file)s says that the column “%(column)s” sums up to %(said)s, but "
        "it is %(found)s. Nothing was loaded; ask for a file that agrees with its control file."
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
