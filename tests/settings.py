"""Settings of the tests: the project's own, on data of one run that is thrown away after it."""

import atexit
import os
import shutil
import tempfile

if "QUDAO_TEST_DATA" not in os.environ:
    os.environ["QUDAO_TEST_DATA"] = tempfile.mkdtemp(prefix="qudao-test-")
    os.chmod(os.environ["QUDAO_TEST_DATA"], 0o711)
    atexit.register(shutil.rmtree, os.environ["QUDAO_TEST_DATA"], ignore_errors=True)
# Each of pytest-xdist's workers has a folder of its own in the run's.
os.environ["QUDAO_DATA"] = os.path.join(
    os.environ["QUDAO_TEST_DATA"], os.environ.get("PYTEST_XDIST_WORKER", "main")
)
os.makedirs(os.environ["QUDAO_DATA"], mode=0o711, exist_ok=True)

from qudao.site.settings import *  # noqa: E402, F403

PASSWORD_HASHERS = ["django.contrib.auth.hashers.MD5PasswordHasher"]
STORAGES = {
    "default": {"BACKEND": "django.core.files.storage.FileSystemStorage"},
    "staticfiles": {"BACKEND": "django.contrib.staticfiles.storage.StaticFilesStorage"},
}
WHITENOISE_AUTOREFRESH = True
