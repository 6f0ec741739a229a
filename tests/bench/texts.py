"""Made-up words of realistic length: what invented people write about invented wards."""

# Made-up place names are put together from these: 7,200 of them.
BEGINNINGS = [
    "Ald",
    "Ash",
    "Barn",
    "Birk",
    "Brack",
    "Cald",
    "Carl",
    "Cob",
    "Dray",
    "Eld",
    "Fenn",
    "Gars",
    "Hask",
    "Holm",
    "Ing",
    "Kell",
    "Lark",
    "Mel",
    "Nor",
    "Oak",
    "Pend",
    "Quern",
    "Rav",
    "Sel",
    "Thorn",
    "Ulls",
    "Vane",
    "Wick",
    "Yarn",
    "Zeal",
]
MIDDLES = [
    "a",
    "an",
    "ber",
    "der",
    "e",
    "en",
    "er",
    "field",
    "ing",
    "in",
    "ley",
    "or",
    "over",
    "ter",
    "um",
    "ward",
]
ENDINGS = [
    "bridge",
    "brook",
    "by",
    "combe",
    "dale",
    "ford",
    "gate",
    "ham",
    "ley",
    "moor",
    "ridge",
    "stead",
    "ton",
    "wick",
    "wold",
]

TITLES = [
    "Text reminders for the {} clinic",
    "A shared fluid chart on {} ward",
    "Remote monitoring of heart failure from {}",
    "Volunteer drivers between {} and the day unit",
    "Early mobility after hip surgery at {}",
    "An app for wound photographs in {}",
    "Same-day discharge letters on {} ward",
    "Falls sensors in the side rooms of {}",
    "A bereavement pack for families at {}",
    "Point-of-care testing in the {} surgery",
    "Virtual group clinics for asthma around {}",
    "Simpler labels for medicines sent home from {}",
    "Sepsis screening on handheld devices in {}",
    "Peer support for new carers near {}",
    "Electronic consent for endoscopy at {}",
    "A quiet room for autistic patients in {}",
    "Home blood pressure kits lent from {} library",
    "Speech therapy by video for {}",
    "Recycling of theatre packs at {} theatres",
    "One number for community nurses in {}",
]
PROBLEMS = [
    "Staff on {} ward spend a large part of each shift looking for information that was written down somewhere else.",
    "One in six appointments at the {} clinic is missed, and nobody knows beforehand which.",
    "Patients tell us that they do not understand what happens after they leave {}.",
    "The present form is on paper, is filled in twice and is often not to be found when the consultant asks for it.",
    "Waiting times in {} have grown for three winters in a row.",
    "Carers have to repeat the same story to every team they meet.",
    "Equipment is bought separately by each department, so that nobody knows what there is in {}.",
    "Night staff have no way to ask a specialist without calling them out.",
    "People who do not speak English well wait twice as long for a date.",
    "We throw away supplies to the value of several thousand pounds a month at {}.",
]
IDEAS = [
    "We would like to try this on {} ward for three months with two nurses and one pharmacist.",
    "A trust of about our size has done it since last year and found fewer readmissions.",
    "The supplier would lend us the devices for a pilot, and we would measure how long each step takes.",
    "Patients and carers at {} helped us to write the questions and would test the first version.",
    "It needs no change to the electronic record, only a link from the start page.",
    "The cost is mostly training: half a day for each member of staff, and an hour later in the year.",
    "We have talked to information governance about it, who asked for an assessment before any data is shared.",
    "If it works in {} it could be used in every outpatient department of the region.",
    "We would count missed appointments, calls to the ward and complaints before and after.",
    "The main risk is that people without a smartphone are left out, so there would be a telephone line as well.",
    "The lead nurse of {} supports it, and the finance team has seen the numbers.",
    "It replaces two spreadsheets and a notice board, which could both be stopped.",
    "Staff would see at a glance who is ready to go home and what is still missing.",
    "A student from the university could evaluate it as part of a master's thesis.",
]
FOR_WHOM = [
    "Patients over 65 who live alone, and the community nurses around {}.",
    "Staff on {} ward, day and night.",
    "Children with long-term conditions and their parents.",
    "Everyone who waits for a date at {}.",
    "Carers, and people whose first language is not English.",
]
MESSAGES = [
    "Thank you for sending us your idea about {}. Could you tell us who would lead it, and whether your manager knows?",
    "The lead for {} would be our matron. She has seen the idea and is in favour of it.",
    "We have read your idea and shared it with the digital team, who will be in touch about {}.",
    "Here are the numbers you asked for: about forty patients a week in {}, and two hours of staff time each day.",
]
NOTES = [
    "Talked to the team on {} ward.",
    "Needs a look by information governance before {} starts.",
    "The supplier of {} says yes; not seen in writing.",
]
SUBJECTS = [
    "Help with a bid for {}",
    "Who to talk to about {}",
    "A company asks for an introduction at {}",
    "Question about the ethics of a pilot in {}",
]


def place(number: int) -> str:
    """The ``number``-th made-up place name."""
    number, first = divmod(number, len(BEGINNINGS))
    number, middle = divmod(number, len(MIDDLES))
    return BEGINNINGS[first] + MIDDLES[middle] + ENDINGS[number % len(ENDINGS)]
