"""What reading a round and learning from each other register with the rooms below."""

from hubapp import hooks, notifications
from maturity import mails_network
from maturity.queries import network

notifications.register("maturity.pairing", mails_network.pairing)
notifications.register("maturity.introduced", mails_network.introduced)
hooks.work.register(network.pairings_to_answer)
hooks.event_words.update(
    {
        "round.released": "A round released what its sites say together",
        "round.restated": "What a round released was restated",
        "learning.wished": "The site said what it can teach or would like to learn",
        "pairing.proposed": "Two sites were asked whether they want to meet",
        "pairing.agreed": "A site agreed to meet another",
        "pairing.declined": "A site declined to meet another",
        "pairing.withdrawn": "A proposal that two sites meet was taken back",
    }
)
