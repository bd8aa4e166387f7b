"""Reads a calendar from standard input and says what is in it, and what is wrong with it, as JSON. The argument is a zone."""
import json
import sys
from zoneinfo import ZoneInfo

from icalendar import Calendar

zone = ZoneInfo(sys.argv[1])


def moment(event, name):
    at = event[name].dt
    return {
        "ms": round(at.timestamp() * 1000),
        "utc": at.utcoffset().total_seconds() == 0,
        "wall": at.astimezone(zone).strftime("%Y-%m-%dT%H:%M"),
    }


def event(one):
    return {
        "uid": str(one["UID"]),
        "start": moment(one, "DTSTART"),
        "end": moment(one, "DTEND"),
        "summary": str(one["SUMMARY"]),
        "status": str(one["STATUS"]),
        "url": str(one["URL"]),
        "category": one["CATEGORIES"].to_ical().decode(),
    }


calendar = Calendar.from_ical(sys.stdin.buffer.read())
wrong = []
for part in calendar.walk():
    wrong += [f"{part.name}: {name}: {why}" for name, why in part.errors]
    wrong += [f"{part.name} lacks {name}" for name in part.required if name not in part]
    wrong += [f"{part.name} has {name} twice" for name in part.singletons if isinstance(part.get(name), list)]
    wrong += [f"{part.name} has {' and '.join(part.exclusive)}"] if part.exclusive and all(name in part for name in part.exclusive) else []
events = [event(one) for one in calendar.walk("VEVENT")]
again = [event(one) for one in Calendar.from_ical(calendar.to_ical()).walk("VEVENT")]
if events != again:
    wrong.append("what it writes is not what it read")
json.dump({"wrong": wrong, "events": events}, sys.stdout)
