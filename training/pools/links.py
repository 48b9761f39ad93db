"""URLs: those that belong to a person or carry a private token, and those that anybody may see."""

# ruff: noqa: E501
# Tables of values read better on one line.
from __future__ import annotations

import random
import string

from training.pools.lists import Lists
from training.pools.people import Person

ALNUM = string.ascii_letters + string.digits
SITES = "linkedin.com/in/ github.com/ twitter.com/ x.com/ facebook.com/ instagram.com/ t.me/ medium.com/@ tiktok.com/@ youtube.com/@ reddit.com/user/ mastodon.social/@ behance.net/ gitlab.com/ stackoverflow.com/users/ strava.com/athletes/ flickr.com/people/ soundcloud.com/ bsky.app/profile/ about.me/ calendly.com/ keybase.io/ xing.com/profile/ vk.com/ pinterest.com/ paypal.me/ venmo.com/u/ wa.me/".split()
HOSTS = "github.io wordpress.com blogspot.com me dev substack.com tumblr.com netlify.app vercel.app com org".split()
PUBLIC = "docs.{w}.io/en/latest/{v}.html github.com/{w}/{v}/issues/{n} github.com/{w}/{v} example.com/{w} www.w3.org/TR/{w}/ api.{w}.com/v{d}/{v} en.wikipedia.org/wiki/{W} {w}.readthedocs.io/ cdn.{w}.net/{v}.min.js developer.mozilla.org/en-US/docs/Web/{W} www.{w}.com/ {w}.org/download/{v}-{d}.{d}.tar.gz registry.npmjs.org/{w}/-/{w}-{d}.{d}.{d}.tgz tools.ietf.org/html/rfc{n} stackoverflow.com/questions/{n}/{w}-{v} pypi.org/project/{w}/ hub.docker.com/r/{w}/{v} schemas.{w}.org/{v}/{n} img.shields.io/badge/{w}-{v}-green.svg maven.apache.org/POM/4.0.0 www.{w}.com/blog/{v}-{w} support.{w}.com/hc/en-us/articles/{n} {w}.atlassian.net/browse/{W}-{n} ci.{w}.io/job/{v}/{n}/console".split()


def private(rng: random.Random, lists: Lists, person: Person) -> str:
    """A profile, a personal page, or a link whose path or query is a secret about somebody."""
    user = person.user
    scheme = rng.choice(("https://", "https://", "https://www.", "http://", "https://", "www.", ""))
    site = person.site
    key = "".join(rng.choices(ALNUM, k=rng.randrange(8, 28)))
    number = rng.randrange(1000, 10**8)
    roll = rng.random()
    if roll < 0.34:
        tail = user.replace(".", rng.choice(("", "-", "."))) if rng.random() < 0.9 else str(number)
        if rng.random() < 0.15:
            tail += f"-{rng.randrange(16**4, 16**8):x}"
        return f"{scheme}{rng.choice(SITES)}{tail}"
    if roll < 0.42:
        return f"{scheme}{user.replace('.', '').replace('_', '-')}.{rng.choice(HOSTS)}{rng.choice(('', '', '/', '/cv', '/about', '/resume.pdf'))}"
    scheme = rng.choice(
        ("https://", "https://", "http://", "https://app.", "https://portal.", "https://my.")
    )
    return scheme + site + rng.choice((
        f"/users/{number}", f"/u/{user}", f"/~{user}/", f"/users/{user}/profile", f"/account/{number}/settings", f"/reset?token={key}",
        f"/password-reset/{key}", f"/share/{key}", f"/invite/{key}", f"/verify?user={user}&code={key}", f"/patients/{number}/records",
        f"/orders/{number}?customer={user}", f"/unsubscribe?id={number}&sig={key}", f"/d/{key}/edit?usp=sharing", f"/profile.php?id={number}",
        f"/members/{user}", f"/files/{key}/{rng.choice(lists.words)}.pdf", f"/j/{number}?pwd={key}", f"/people/{user}", f"/customer/{number}/invoices",
        f"/uploads/{user}/{rng.choice(lists.words)}.jpg", f"/avatars/{user}.png", f"/portal/{user}?session={key}", f"/case/{number}", f"/team/{user}",
        f"/@{user}", f"/profile/{user}", f"/in/{user}", f"/s/{key}", f"/i/{key}?ref={user}", f"/meet/{key[:10]}", f"/room/{user}", f"/download?file={key}&expires={number}",
        f"/api/v{rng.randrange(1, 4)}/users/{number}/avatar", f"/claims/{number}/documents/{key[:8]}.pdf", f"/results/{key}", f"/calendar/{user}/private-{key}/basic.ics",
        f"/magic?token={key}&email={user}", f"/photos/{user}/album/{number}", f"/donate/{user}", f"/cv/{user}.pdf", f"/auth/callback?code={key}&state={number}",
        f"/{user}", f"/~{user}", f"/members/{number}-{user}", f"/rsvp/{key[:12]}", f"/prescriptions/{number}?dob={rng.randrange(1940, 2010)}-0{rng.randrange(1, 10)}-1{rng.randrange(10)}",
    ))  # fmt: skip


def public(rng: random.Random, lists: Lists) -> str:
    """An address of documentation, a package, an interface or a local server."""
    if rng.random() < 0.18:
        host = rng.choice(
            (
                "localhost",
                "127.0.0.1",
                "0.0.0.0",
                "api.example.com",
                "example.org",
                "internal.example.net",
            )
        )
        return f"http://{host}:{rng.randrange(1000, 9999)}{rng.choice(('', '/', '/health', '/api/v1', '/metrics'))}"
    word, other = rng.choice(lists.words), rng.choice(lists.words)
    form = rng.choice(PUBLIC)
    return "https://" + form.format(
        w=word, v=other, W=word.title(), n=rng.randrange(1, 99999), d=rng.randrange(0, 9)
    )
