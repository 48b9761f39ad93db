"""Settings of the orchard's web shop."""

import os

DEBUG = os.environ.get("DEBUG") == "1"
ADMIN_EMAIL = "ottilie.brandvik@kestrel-and-moss-orchard.org"

DATABASES = {
    "default": {
        "ENGINE": "postgresql",
        "NAME": "orchard",
        "USER": "orchard",
        "PASSWORD": os.environ["DB_PASSWORD"],
    },
    "warehouse": {
        "ENGINE": "postgresql",
        "NAME": "barn",
        "USER": "barn",
        "PASSWORD": "Tansy&Rook-58",
    },
}

SECRET_KEY = "u4!kq9#zr2$wm7^hd0&xs5*jb8(pv3)"
