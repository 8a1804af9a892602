"""The built-in language as data: its rules, its words, and how both are written out in full.

`grammar` explains what the rules mean and what can be computed from them.
"""

import re

# Capitalised names are symbols, the rest are words. `|` separates a symbol's alternatives. Each
# begins with its weight (1 if there is none); `nothing` is the empty one. A single capital takes
# these values in turn. Each value makes one rule if the capital stands left of `=`, and one
# alternative if it stands only on the right.
VALUES = {
    "K": "man woman animal food garment paper tool place", "P": "man woman",  # kinds of nouns
    "A": "man woman animal", "T": "food garment paper tool place",            # actors; things
    "X": "animal food garment paper tool place",                              # not people
    "O": "person animal food garment paper tool place",                       # people act on
    "E": "person animal food",                                                # animals act on
    "N": "sg pl", "D": "any sg pl",          # number; what a determiner says about the number
}
# After `:` come the words of a class, the frequent ones first: word r, counted from 0, has
# weight 1 / (r + 2). Each class of nouns or verbs has two symbols, .sg and .pl. The s of the
# noun's plural and of the verb's singular is added by rule unless a `/` gives that form. No
# noun or adjective begins with a vowel, so "a" never has to be "an".
#
# Subject: a noun and the rest of its clause. After: what may follow a noun. Does: from the
# clause's verb on. Act: a verb and what it needs. Missing: a clause about a noun before it,
# without the object ("who [the king admires]"); Maker: who acts in it. Close.x: the word that
# closes what x opened. Doer: a Subject without adjectives. Object: a determiner and Things;
# Things: adjectives and Bare; Bare: a noun that has no verb. Target: whom or what an act is done
# to. Said: a clause after "that". Linked, More: one more clause, one more act, or nothing. Spot:
# where one is; Way: where one goes.
ENGLISH = """
Sentence  = 80 Clause Linked | 9 either Clause Close.either Clause
          | 11 if Choice Close.if Choice
Choice    = 90 Clause | 10 either Clause Close.either Clause
Said      = 84 Clause | 8 either Clause Close.either Clause | 8 if Choice Close.if Choice
Linked    = 80 nothing | 20 Link Clause
Clause    = 50 Det.any Subject.any | 28 Det.sg Subject.sg | 22 Det.pl Subject.pl
Subject.D = 6 Adjective.any Subject.D | 3 Adjective.O Doer.O.D
          | 34 Doer.person.D | 15 Doer.animal.D | 5 Doer.T.D
Doer.O.any = 55 Doer.O.sg | 45 Doer.O.pl; Doer.person.N = Doer.P.N
Doer.K.N   = Noun.K.N After.K.N Does.K.N
After.P.N    = 59 nothing | 8 with Object.garment | 11 Where Object.place | 22 who Relative.P.N
After.X.N    = 59 nothing | 8 of Object.person | 11 Where Object.place | 22 that Relative.X.N
Relative.P.N = 35 Act.P.N | 65 Missing.person
Relative.X.N = 35 Act.X.N | 65 Missing.X
Missing.O    = 50 Det.any Maker.O.any | 28 Det.sg Maker.O.sg | 22 Det.pl Maker.O.pl
Maker.O.any  = 55 Maker.O.sg | 45 Maker.O.pl
Maker.O.N    = Noun.P.N After.P.N Verb.person.O.N
Maker.E.N    = Noun.animal.N After.animal.N Verb.animal.E.N
Does.P.N     = 85 Act.P.N More.P.N When | 15 Verb.say.N that Said
Does.X.N     = Act.X.N More.X.N When
More.K.N     = 84 nothing | 16 and Act.K.N
Act.P.N      = 7 Verb.person.O.N Target.O.P.N | 16 Verb.self.N Self.P.N | 8 Verb.go.N Way
             | 6 Verb.sit.N Spot | 10 Verb.laugh.N | 8 Verb.be.N Often State.person
             | 4 Verb.send.N Object.paper to Object.person
             | 4 Verb.offer.N Object.food to Object.person
Act.animal.N = 14 Verb.animal.E.N Target.E.animal.N | 16 Verb.lick.N Self.animal.N
             | 10 Verb.crawl.N Way | 12 Verb.growl.N | 10 Verb.be.N Often State.animal
Act.T.N      = 44 Verb.be.N Often State.T | 25 Verb.please.N Object.person
             | 13 Verb.belong.N to Object.person | 18 Verb.lie.N Spot
State.O      = 75 Adjective.O | 25 Where Object.place
Way          = 60 from Object.place Close.from Object.place | 40 Past Object.place
Spot         = 50 between Object.place Close.between Object.place | 50 Where Object.place
Target.O.P.N = 80 Object.O | 20 Own.P.N own Things.O.any
Target.E.animal.N = 80 Object.E | 20 Own.animal.N own Things.E.any
Object.O     = 50 Det.any Things.O.any | 28 Det.sg Things.O.sg | 22 Det.pl Things.O.pl
Things.O.D   = 6 Adjective.any Things.O.D | 16 Adjective.O Bare.O.D | 78 Bare.O.D
Bare.O.any   = 55 Bare.O.sg | 45 Bare.O.pl; Bare.person.N = Bare.P.N
Bare.K.N     = Noun.K.N After.K.N

Self.man.sg = himself; Self.woman.sg = herself; Self.animal.sg = itself; Self.A.pl = themselves
Own.man.sg = his; Own.woman.sg = her; Own.animal.sg = its; Own.A.pl = their
Close.either = or; Close.if = then; Close.from = to; Close.between = and
Det.any = 70 the | 18 my | 12 your; Det.sg = 60 a | 24 every | 16 this
Det.pl = 30 some | 24 these | 18 many | 16 two | 12 three
Often  = 80 nothing | 7 often | 5 never | 4 always | 4 still
When   = 76 nothing | 7 at Hour | 7 on Day | 5 in Season | 3 again | 2 today
Hour: night noon dawn; Day: sunday monday friday; Season: winter summer spring
Where: near behind beyond outside above; Past: past through toward across
Link: because but while although unless

Noun.man: king farmer baker soldier boy knight sailor miller prince monk butler tailor wizard
Noun.woman: queen girl mother princess sister witch widow nurse lady bride maid nun seamstress
Noun.animal: dog cat horse wolf/wolves goose/geese mouse/mice bear goat fox donkey rabbit crow
Noun.food: pie cake loaf/loaves pear cheese potato pancake cherry sausage tomato dumpling
Noun.garment: hat coat shoe scarf/scarves cloak shirt glove boot crown belt robe veil
Noun.paper: letter book map poem story recipe diary song newspaper contract riddle prayer
Noun.tool: key knife/knives lamp hammer kettle bell clock basket mirror sword ladder spade
Noun.place: castle river mill village bridge garden church tower forest market stable library
Adjective.any: little big new pretty strange beautiful dear splendid
Adjective.person: wise proud lonely clever jealous rich polite brave lazy nervous
Adjective.animal: hungry wild gentle loyal furry noisy fierce sleepy
Adjective.food: sweet stale delicious ripe salty bitter juicy
Adjective.garment: tight shabby striped woolen loose fashionable ragged
Adjective.paper: secret boring funny forged long sad tedious
Adjective.tool: rusty heavy broken shiny dusty precious blunt
Adjective.place: quiet distant haunted muddy deserted crowded peaceful
Verb.person.person: admire thank visit invite tease marry greet forgive flatter pity
Verb.person.animal: feed tame ride comb hunt stroke train
Verb.person.food: eat bake taste slice swallow peel chew
Verb.person.garment: wear mend sew fold borrow knit
Verb.person.paper: read write copy sign burn recite translate
Verb.person.tool: polish repair carry hide lift drop sell
Verb.person.place: paint enter sweep leave build guard sketch
Verb.animal.person: follow bite bother obey scare wake
Verb.animal.animal: chase fear avoid befriend imitate outrun
Verb.animal.food: steal devour sniff nibble find bury
Verb.self: blame wash amuse scold hurt deceive; Verb.lick: lick scratch warm clean
Verb.go: walk run hurry march stroll wander; Verb.crawl: crawl trot hop creep
Verb.sit: sit wait stand kneel dance; Verb.laugh: laugh sing sleep weep dream snore
Verb.growl: growl shiver doze play limp; Verb.lie: lie remain
Verb.belong: belong; Verb.be: are/is
Verb.say: say think know believe hope claim doubt guess swear suspect
Verb.send: send show lend deliver; Verb.offer: offer bring serve
Verb.please: please puzzle worry delight surprise frighten
"""


def _instances(text: str, letters: list[str]) -> list[str]:
    """A list with the text once for each choice of VALUES for the single capitals."""
    texts = [text]
    for letter in dict.fromkeys(letters):
        texts = [re.sub(rf"\b{letter}\b", v, t) for t in texts for v in VALUES[letter].split()]
    return texts


def _forms(entry: str) -> tuple[str, str]:
    """'cherry' -> ('cherry', 'cherries'), 'wolf/wolves' -> ('wolf', 'wolves')."""
    word, _, with_s = entry.partition("/")
    stem = word[:-1] + "ie" if re.search("[^aeiou]y$", word) else word
    return word, with_s or stem + ("es" if re.search("(s|x|ch|sh|to)$", word) else "s")


def weights() -> dict[str, list[tuple[float, tuple[str, ...]]]]:
    """ENGLISH written out in full: symbol -> [(weight, parts), ...]."""
    rules: dict[str, list[tuple[float, tuple[str, ...]]]] = {}
    capital = re.compile(r"\b[A-Z]\b")
    for line in re.split(r"\n(?! )|; ", ENGLISH.strip()):
        if ":" in line:
            symbol, words = line.split(":")
            columns = zip(*map(_forms, words.split()))  # all plain forms, all forms with an s
            numbers = {"Noun": (".sg", ".pl"), "Verb": (".pl", ".sg")}.get(symbol[:4], ("",))
            for number, column in zip(numbers, columns):
                rules[symbol + number] = [(1 / (r + 2), (word,)) for r, word in enumerate(column)]
            continue
        for rule in _instances(line, capital.findall(line.split("=")[0])):
            symbol, *alternatives = re.split(" *[=|]", rule)
            for text in alternatives:
                for parts in map(str.split, _instances(text, capital.findall(text))):
                    weight = float(parts.pop(0)) if parts[0].isdigit() else 1.0
                    rules.setdefault(symbol, []).append((weight, () if parts == ["nothing"] else tuple(parts)))
    return rules
