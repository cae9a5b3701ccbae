"""The configuration that most scenarios want: lines on standard input name things, one page each."""


def things(upstream, first="", origin="", page=""):
    """`first` stands at the top, `origin` among the upstream's keys, `page` among the page's."""
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
