"""Django's settings as they stand in its documentation, and its send_mail."""

import os
import sys

from django.conf import settings
from django.core.mail import send_mail

implicit = os.environ["SMTP_SECURE"] == "implicit"
settings.configure(
    EMAIL_BACKEND="django.core.mail.backends.smtp.EmailBackend",
    EMAIL_HOST=os.environ["SMTP_HOST"],
    EMAIL_PORT=int(os.environ["SMTP_PORT"]),
    EMAIL_HOST_USER=os.environ["SMTP_USERNAME"],
    EMAIL_HOST_PASSWORD=os.environ["SMTP_PASSWORD"],
    EMAIL_USE_TLS=not implicit,
    EMAIL_USE_SSL=implicit,
    EMAIL_TIMEOUT=60,
    DEFAULT_FROM_EMAIL="shop@shop.test",
)
try:
    print(send_mail("Your order", "Thank you.", None, [os.environ["MAIL_TO"]]), "sent")
except OSError as error:
    sys.exit(f"{type(error).__name__}: {error}")
