"""XML-RPC as Koji and Bugzilla speak it: with <nil/> and, beyond 32 bits, <i8>."""
import datetime
import xmlrpc.client
from xml.sax.saxutils import escape


class Fault(Exception):
    def __init__(self, code, text):
        super().__init__(text)
        self.code, self.text = code, text

    def struct(self):
        return {"faultCode": self.code, "faultString": self.text}


def value(v):
    if v is None:
        return "<value><nil/></value>"
    if isinstance(v, bool):
        return f"<value><boolean>{int(v)}</boolean></value>"
    if isinstance(v, int):
        tag = "int" if -2**31 <= v < 2**31 else "i8"
        return f"<value><{tag}>{v}</{tag}></value>"
    if isinstance(v, float):
        return f"<value><double>{v!r}</double></value>"
    if isinstance(v, str):
        return f"<value><string>{escape(v)}</string></value>"
    if isinstance(v, datetime.datetime):
        return f"<value><dateTime.iso8601>{v:%Y%m%dT%H:%M:%S}</dateTime.iso8601></value>"
    if isinstance(v, (list, tuple)):
        return "<value><array><data>" + "".join(map(value, v)) + "</data></array></value>"
    if isinstance(v, dict):
        members = (f"<member><name>{escape(str(k))}</name>{value(x)}</member>" for k, x in v.items())
        return "<value><struct>" + "".join(members) + "</struct></value>"
    raise TypeError(f"no XML-RPC for {type(v)}")


def answer(v):
    return ("<?xml version='1.0'?>\n<methodResponse>\n<params>\n<param>\n" + value(v) +
            "\n</param>\n</params>\n</methodResponse>\n").encode()


def fault(f):
    return ("<?xml version='1.0'?>\n<methodResponse>\n<fault>\n" + value(f.struct()) +
            "\n</fault>\n</methodResponse>\n").encode()


def question(body):
    """(method, arguments) of a <methodCall>."""
    try:
        params, method = xmlrpc.client.loads(body, use_builtin_types=True)
    except Exception as why:  # whatever the parser says of what a client sent
        raise Fault(1, f"not a method call: {why}") from None
    return method, list(params)
