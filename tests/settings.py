"""Settings of the tests: the project's own, on data of one run that is thrown away after it."""

import atexit
import os
import shutil
import tempfile

# pytest-xdist's workers inherit the variable and so share the run's data.
if "QUDAO_TEST_DATA" not in os.environ:
    os.environ["QUDAO_TEST_DATA"] = tempfile.mkdtemp(prefix="qudao-test-")
    os.chmod(os.environ["QUDAO_TEST_DATA"], 0o711)
    atexit.register(shutil.rmtree, os.environ["QUDAO_TEST_DATA"], ignore_errors=True)
os.environ["QUDAO_DATA"] = os.environ["QUDAO_TEST_DATA"]

from qudao.site.settings import *  # noqa: F403

PASSWORD_HASHERS = ["django.contrib.auth.hashers.MD5PasswordHasher"]
STORAGES = {
    "default": {"BACKEND": "django.core.files.storage.FileSystemStorage"},
    "staticfiles": {"BACKEND": "django.contrib.staticfiles.storage.StaticFilesStorage"},
}
WHITENOISE_AUTOREFRESH = True
