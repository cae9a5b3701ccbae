"""The configurations that most scenarios want: an event names a thing, and each thing has one page."""


CHANGED = "org.example.prod.things.changed"   # what fedmsg_things() listens to


def things(upstream, first="", origin="", page=""):
    """Events are lines on standard input. `first` stands at the top, `origin` among the upstream's keys, `page` among the page's."""
    return f'''
{first}
[bus.in]
kind = "ndjson"
file = "-"
[upstream.origin]
kind = "http"
url = "{upstream.url}"
{origin}
[page.thing]
path = "/things/{{thing}}.json"
fetch = [{{ upstream = "origin", get = "/{{thing}}" }}]
on = [{{ topic = "thing.changed", set = {{ thing = "/msg/thing" }} }}]
{page}
'''


def fedmsg_things(upstream, buses):
    """Events are fedmsg's. `buses`: by name, the endpoints and the bus' other keys."""
    text = f'''
[upstream.origin]
kind = "http"
url = "{upstream.url}"
[page.thing]
path = "/things/{{thing}}.json"
fetch = [{{ upstream = "origin", get = "/{{thing}}" }}]
on = [{{ topic = "org.example.*.things.changed", set = {{ thing = "/msg/thing" }} }}]
'''
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
[upstream.origin]
kind = "http"
url = "{upstream.url}"
[page.thing]
path = "/things/{{thing}}.json"
fetch = [{{ upstream = "origin", get = "/{{thing}}" }}]
on = [
  {{ topic = "org.example.*.things.changed", set = {{ thing = "/msg/thing" }} }},
  {{ topic = "org.example.*.headers.#", set = {{ thing = {{ keys = "/headers", like = "fedora_messaging_rpm_{{}}" }} }} }},
]
'''
