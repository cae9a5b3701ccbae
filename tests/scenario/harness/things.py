"""The pieces of configurations that most scenarios want, and those most of them want whole: an event
names a thing, and each thing has one page."""

CHANGED = "org.example.prod.things.changed"   # what fedmsg_things() listens to

# Events are lines on standard input. Further keys of the bus may follow.
LINES = '''
[bus.in]
kind = "ndjson"
file = "-"
'''


def origin(upstream, more=""):
    return f'''
[upstream.origin]
kind = "http"
url = "{upstream.url}"
{more}
'''


def page_of_things(rules, more=""):
    """`rules`: a topic whose events name a thing, or a list of rules."""
    if not rules.startswith("["):
        rules = f'[{{ topic = "{rules}", set = {{ thing = "/msg/thing" }} }}]'
    return f'''
[page.thing]
path = "/things/{{thing}}.json"
fetch = [{{ upstream = "origin", get = "/{{thing}}" }}]
on = {rules}
{more}
'''


def things(upstream, first="", more="", page=""):
    """Events are lines on standard input. `first` stands at the top, `more` among the upstream's keys,
    `page` among the page's."""
    return first + LINES + origin(upstream, more) + page_of_things("thing.changed", page)


def fedmsg_things(upstream, buses):
    """Events are fedmsg's. `buses`: by name, the endpoints and the bus' other keys."""
    text = origin(upstream) + page_of_things("org.example.*.things.changed")
    for name, (endpoints, more) in buses.items():
        text += f'[bus.{name}]\nkind = "zmq"\nconnect = {endpoints}\n{more}\n'
    return text


def catch_up(history):
    return (f'catch_up = {{ kind = "datagrepper", url = "{history.raw}", max_age = "1h", '
            'overlap = "1s" }')


def amqp_things(upstream, url, first="", bus="", topic="org.example.prod."):
    """Events come from a broker, in the bus `broker`."""
    return f'''
{first}
[bus.broker]
kind = "amqp"
url = "{url}"
topics = ["{topic}"]
{bus}
''' + origin(upstream) + page_of_things('''[
  { topic = "org.example.*.things.changed", set = { thing = "/msg/thing" } },
  { topic = "org.example.*.headers.#", set = { thing = { keys = "/headers", like = "fedora_messaging_rpm_{}" } } },
]''')
