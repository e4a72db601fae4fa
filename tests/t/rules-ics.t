#!/bin/sh
# Closed days out of iCalendar files, in the forms that Google, Apple and Thunderbird give their
# holidays, against dates that Python computes; what is not understood is refused with its line.
. "$(dirname "$0")/../lib.sh"

mkdir rules.d
cat >rules.d/r.yaml <<'END'
calendars: {holidays: holidays.ics}
maintainer: team
owners:
  - {id: team, kind: team, send: "spool:x", hours: Mon-Sun 08:00-18:00 Europe/Berlin, closed: holidays}
rules:
  - {rule: all, version: 1, maintainer: team, when: true, owner: team, flow: f, sla: vendor-confirmation within 2wd}
exceptions:
  - {failure: "*", maintainer: team, action: route to team}
END
order='{"event":"order.placed","event_id":"p1","order_id":"A","at":"2026-12-24T10:00:00Z","source":"shop","channel":"web","lines":[{"line_id":"1"}]}'
published() { echo "$order" | fx-route --now record -r rules.d; }
dates() { published | jq -r 'select(.event == "registry.published").registry.calendars.holidays[]'; }
ics() { # ics LINE ...: one event with these lines
	{
		printf 'BEGIN:VCALENDAR\r\nVERSION:2.0\r\nBEGIN:VEVENT\r\n'
		printf '%s\r\n' "$@"
		printf 'END:VEVENT\r\nEND:VCALENDAR\r\n'
	} >rules.d/holidays.ics
}

# ---- whole files, as the three write them
cat >make.py <<'END'
from datetime import date, timedelta
import sys

def easter(y):  # Gauss, as Lichtenberg amended it
    k = y // 100
    m, s = 15 + (3 * k + 3) // 4 - (8 * k + 13) // 25, 2 - (3 * k + 3) // 4
    a = y % 19
    d = (19 * a + m) % 30
    r = (d + a // 11) // 29
    og = 21 + d - r
    return date(y, 3, 1) + timedelta(og + 7 - (og - (7 - (y + y // 4 + s) % 7)) % 7 - 1)

fixed = {"Neujahr": (1, 1), "Tag der Arbeit": (5, 1), "Tag der Deutschen Einheit": (10, 3),
         "1. Weihnachtstag": (12, 25), "2. Weihnachtstag": (12, 26)}
moving = {"Karfreitag": -2, "Ostermontag": 1, "Christi Himmelfahrt": 39, "Pfingstmontag": 50}
years = range(2024, 2031)
form, want, out = sys.argv[1], set(), ["BEGIN:VCALENDAR", "VERSION:2.0", "PRODID:-//x//y//DE", "CALSCALE:GREGORIAN"]

def event(day, name, *more):
    n = day.strftime("%Y%m%d")
    out.extend(["BEGIN:VEVENT", "DTSTAMP:20260101T120000Z", "UID:%s_%s@x" % (n, form)])
    if form == "google":
        out.extend(["DTSTART;VALUE=DATE:" + n, "DTEND;VALUE=DATE:" + (day + timedelta(1)).strftime("%Y%m%d"),
                    "CLASS:PUBLIC", "CREATED:20240517T130000Z", "SEQUENCE:0", "STATUS:CONFIRMED",
                    "TRANSP:TRANSPARENT"])
    elif form == "apple":
        out.extend(["DTSTART;VALUE=DATE:" + n, "DURATION:P1D", "X-APPLE-UNIVERSAL-ID:6c9", "CATEGORIES:Holidays",
                    "BEGIN:VALARM", "ACTION:DISPLAY", "TRIGGER:-P1D", "END:VALARM"])
    else:
        out.extend(["DTSTART;VALUE=DATE:" + n, "LOCATION:Deutschland", "X-MICROSOFT-CDO-BUSYSTATUS:FREE"])
    out.extend(["SUMMARY;LANGUAGE=de:" + name] + list(more) + ["END:VEVENT"])

if form == "google":
    for y in years:
        for name, md in fixed.items():
            event(date(y, *md), name, "DESCRIPTION:Gesetzlicher Feiertag\\nUm Feiertage auszublenden\\, gehen Sie zu D" + "x" * 60)
            want.add(date(y, *md))
else:
    for name, md in fixed.items():
        event(date(2024, *md), name, "RRULE:FREQ=YEARLY;COUNT=7" if form == "apple" else
              "RRULE:FREQ=YEARLY;UNTIL=20301231;BYMONTH=%d;BYMONTHDAY=%d" % md)
        want |= {date(y, *md) for y in years}
for y in years:
    for name, off in moving.items():
        event(easter(y) + timedelta(off), name)
        want.add(easter(y) + timedelta(off))
out.append("END:VCALENDAR")
with open("rules.d/holidays.ics", "wb") as f:
    for l in out:  # folded at 75 octets
        b = l.encode()
        while len(b) > 75:
            f.write(b[:75] + b"\r\n")
            b = b" " + b[75:]
        f.write(b + b"\r\n")
print("\n".join(d.isoformat() for d in sorted(want)))
END
for form in google apple thunderbird; do
	if command -v python3 >/dev/null; then
		python3 make.py $form >want
		is "German holidays as $form gives them" "$(dates)" "$(cat want)"
	else
		skip "German holidays as $form gives them" "no python3"
	fi
done

# ---- the second way for fixed days: date(1)
ics 'DTSTART;VALUE=DATE:20260228' 'DTEND;VALUE=DATE:20260302' 'RRULE:FREQ=YEARLY;INTERVAL=2;COUNT=3'
is "two days, every second year, over a month's end" "$(dates)" \
	"$(for y in 2026 2028 2030; do for k in 0 1; do date -ud "$y-02-28 + $k day" +%F; done; done)"
ics 'DTSTART;VALUE=DATE:20240229' 'RRULE:FREQ=YEARLY;COUNT=3'
is "a 29 February is in leap years" "$(dates | paste -sd' ')" "2024-02-29 2028-02-29 2032-02-29"
ics 'DTSTART;VALUE=DATE:20261225' 'RRULE:FREQ=YEARLY;UNTIL=20281225' 'EXDATE;VALUE=DATE:20271225' 'RDATE;VALUE=DATE:20261231,20270102'
is "EXDATE takes away, RDATE adds, UNTIL is the last" "$(dates | paste -sd' ')" "2026-12-25 2026-12-31 2027-01-02 2028-12-25"
ics 'DTSTART;TZID=Europe/Berlin:20261225T000000' 'DTEND;TZID=Europe/Berlin:20261227T000000' 'RRULE:FREQ=YEARLY;UNTIL=20271224T230000Z'
is "midnights of the wall clock are days; UNTIL in UTC is that clock's day" "$(dates | paste -sd' ')" \
	"2026-12-25 2026-12-26 2027-12-25 2027-12-26"
ics 'dtstart;value=date:20261225' 'duration:P1W' 'status:confirmed'
is "names in any case; a week" "$(dates | wc -l)" 7
ics 'DTSTART;VALUE=DATE:20260101' 'RRULE:FREQ=YEARLY'
is "without an end up to 2099" "$(dates | wc -l) $(dates | tail -n 1)" "74 2099-01-01"
{
	printf '\357\273\277BEGIN:VCALENDAR\nBEGIN:VTIMEZONE\nTZID:X\nBEGIN:STANDARD\nDTSTART:19701025T030000\nRRULE:FREQ=YEARLY;BYDAY=-1SU;BYMONTH=10\nEND:STANDARD\nEND:VTIMEZONE\n'
	printf 'BEGIN:VEVENT\nDTSTART;VALUE=DATE:2026\n 1225\nEND:VEVENT\nBEGIN:VEVENT\nDTSTART;VALUE=DATE:20261224\nSTATUS:CANCELLED\nEND:VEVENT\nEND:VCALENDAR\n'
} >rules.d/holidays.ics
is "a time zone's own rules, folds anywhere, bare newlines, what is cancelled" "$(dates)" 2026-12-25

# ---- it decides: the clock, the digest, the replay
digest() { published | jq -r 'select(.event == "registry.published").digest'; }
due() { published | jq -r 'select(.sla).sla[0].due'; }
is "two working days later, 25 December closed" "$(due)" 2026-12-27T17:00:00Z
one=$(digest)
sed -i 's/^X//; s/END:VEVENT/SUMMARY:another word\nEND:VEVENT/' rules.d/holidays.ics
is "a word changes no digest" "$(digest)" "$one"
ics 'DTSTART;VALUE=DATE:20261225' 'DTEND;VALUE=DATE:20261227'
is "a day does" "$([ "$(digest)" != "$one" ] && echo other)" other
is "and is closed" "$(due)" 2026-12-28T17:00:00Z
export FX_HOME="$T"
fx-sign --init --origin shop.example/fx >/dev/null
published | fx-sign -q
rm rules.d/holidays.ics
exits "the ledger alone replays it" 0 fx-verify --replay --all

# ---- what is refused, where
refused() { # refused NAME LINE ERE
	exits "$1: refused" 2 fx-lint
	like "$1: line $2" err "holidays.ics:$2: $3"
}
exits "no such file" 2 fx-lint
like "is said with the line that names it" err 'r.yaml:1:[0-9]+:.*holidays.ics: No such file'
ics 'DTSTART;VALUE=DATE:20261126' 'RRULE:FREQ=YEARLY;BYMONTH=11;BYDAY=4TH'
refused "a weekday's rule" 5 'RRULE: .BYDAY=4TH. is not understood'
ics 'DTSTART;VALUE=DATE:20261126' 'RRULE:FREQ=YEARLY;BYMONTH=12'
refused "a month that is not the start's" 5 'RRULE: .BYMONTH=12. is not understood'
ics 'DTSTART;VALUE=DATE:20261126' 'RRULE:FREQ=WEEKLY'
refused "weekly" 5 'RRULE: only FREQ=YEARLY'
ics 'DTSTART;TZID=Europe/Berlin:20261224T140000' 'DTEND;TZID=Europe/Berlin:20261225T000000'
refused "half a day" 4 'DTSTART: only whole days close'
ics 'DTSTART:20261224T000000Z' 'DTEND:20261225T000000Z'
refused "a day of UTC" 4 'DTSTART: a time in UTC'
ics 'DTSTART;VALUE=DATE:20261225' 'DTEND;VALUE=DATE:20261225'
refused "an end that is not later" 5 'DTEND: it lies after the start'
ics 'SUMMARY:folded' ' over' ' lines' 'DTSTART;VALUE=DATE:20260230'
refused "30 February, behind a folded line" 7 'DTSTART: expected a date'
ics 'DTSTART;VALUE=DATE:20261225' 'RECURRENCE-ID;VALUE=DATE:20261225'
refused "one instance of another event" 5 'RECURRENCE-ID: not understood'
ics 'SUMMARY:no day'
refused "no start" 5 'END: the VEVENT has no DTSTART'
printf 'BEGIN:VCALENDAR\nBEGIN:VTODO\nEND:VTODO\n' >rules.d/holidays.ics
refused "a thing to do" 2 'BEGIN:VTODO'
like "and the missing end" err 'holidays.ics:3: the file: it ends before'
printf '\000\001' >rules.d/holidays.ics
refused "no calendar at all" 1 'the line: a control character'
sed -i 's/holidays.ics/..\/holidays.ics/' rules.d/r.yaml
exits "a file outside" 2 fx-lint
like "is refused where it is named" err "r.yaml:1:23: a calendar's file lies inside"
done_testing
