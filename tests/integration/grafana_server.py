#!/usr/bin/env python3
"""A stand-in for Grafana's HTTP API, for tests/integration/grafana.sh.

It implements what Grafana's "HTTP API reference" documents of health, org, folders, data sources, dashboards and search,
in both generations (/api and /apis/GROUP.grafana.app), with their errors, and is stricter than Grafana: a body may
hold documented keys only, and a request to anything else is an error.  Like Grafana from 12 on it rewrites the
dashboards that it stores.

    grafana_server.py DIRECTORY [key=value ...]

DIRECTORY gets `port` once it listens, `requests` (a line for each: METHOD PATH STATUS), and may hold `faults`, read at
every request, of lines METHOD PATH-PREFIX STATUS [WORD]: such a request is answered so, nothing happens.  Keys:
    version=11.6.0   what /api/health tells; "" nothing
    old=yes|404|410  does /api serve folders and dashboards, or which status says that it does not
    new=v1|v1beta1|  the version that /apis serves; "" none
    org=1            the token's organisation
"""
import json
import os
import re
import sys
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from threading import Lock
from urllib.parse import parse_qs, unquote, urlsplit

directory = sys.argv[1]
options = {"version": "11.6.0", "old": "yes", "new": "", "org": "1"}
options.update(argument.split("=", 1) for argument in sys.argv[2:])
roles = {"glsa_admin_0123456789": "Admin", "glsa_editor_0123456789": "Editor", "glsa_viewer_0123456789": "Viewer"}
lock = Lock()
folders, sources, dashboards = {}, {}, {}
next_id = [1]
major = int(options["version"].split(".")[0]) if options["version"] else 0


class Refused(Exception):
    def __init__(self, code, message, /, **more):
        super().__init__(message)
        self.code, self.body = code, {"message": message, **more}


def number():
    next_id[0] += 1
    return next_id[0]


def need(condition, code, message, /, **more):
    if not condition:
        raise Refused(code, message, **more)


def keys(body, required, allowed=()):
    need(isinstance(body, dict), 400, "bad request data: no object")
    for key in required:
        need(key in body, 400, f"bad request data: {key} is required")
    for key in body:
        need(key in required or key in allowed, 400, f"bad request data: unknown key {key}")


def good_uid(uid):
    need(isinstance(uid, str) and re.fullmatch(r"[a-zA-Z0-9_-]{1,40}", uid), 400, f"uid contains illegal characters: {uid}")


# -- what both generations do ------------------------------------------------------------------------

def stored(model):
    """Grafana migrates what it stores, which must not look like a change to anybody."""
    model = json.loads(json.dumps(model))
    if major >= 12:
        model["schemaVersion"] = 42
        model.setdefault("preload", False)
        for panel in model.get("panels", []):
            panel["pluginVersion"] = options["version"]
            panel.get("options", {}).pop("alignValue", None)
        model.pop("liveNow", None)
    return model


def check_model(model):
    need(isinstance(model, dict), 400, "bad request data: no dashboard")
    need(isinstance(model.get("title"), str) and model["title"].strip(), 400, "Dashboard title cannot be empty")
    need(isinstance(model.get("schemaVersion"), int), 400, "schemaVersion is required")
    need(all(isinstance(tag, str) and len(tag) <= 50 for tag in model.get("tags", [])), 400, "a tag is too long")
    identifiers = [panel["id"] for panel in model.get("panels", [])]
    need(len(identifiers) == len(set(identifiers)), 400, "panel ids are not unique")


# -- /api --------------------------------------------------------------------------------------------

def old_folder(uid):
    folder = folders[uid]
    return {"id": folder["id"], "uid": uid, "title": folder["title"], "url": f"/dashboards/f/{uid}/x", "hasAcl": False,
            "canSave": True, "canEdit": True, "canAdmin": True, "version": folder["version"]}


def make_old_folder(body):
    keys(body, ["title"], ["uid", "parentUid"])
    need(body["title"], 400, "folder title cannot be empty")
    uid = body.get("uid") or f"f{number()}"
    good_uid(uid)
    need(uid not in folders, 409, "a folder with the same uid already exists")
    need(all(folder["title"] != body["title"] for folder in folders.values()), 409,
         "a folder with the same name already exists in the current location")
    folders[uid] = {"id": number(), "title": body["title"], "version": 1}
    return 200, old_folder(uid)


def check_source(body):
    keys(body, ["name", "type", "access"], ["uid", "url", "isDefault", "jsonData", "secureJsonData", "basicAuth", "basicAuthUser",
                                           "withCredentials", "user", "database", "id", "orgId", "version"])
    need(body["access"] in ("proxy", "direct"), 400, "bad request data: access")
    good_uid(body.get("uid", "x"))


def make_source(body):
    check_source(body)
    uid = body.get("uid") or f"s{number()}"
    need(all(source["name"] != body["name"] for source in sources.values()), 409, "data source with the same name already exists")
    need(uid not in sources, 409, "data source with the same uid already exists")
    sources[uid] = {"id": number(), "orgId": int(options["org"]), "readOnly": False, **body, "uid": uid, "version": 1}
    return 200, {"datasource": sources[uid], "id": sources[uid]["id"], "message": "Datasource added", "name": body["name"]}


def change_source(uid, body):
    check_source(body)
    need(uid in sources, 404, "Data source not found")
    source = sources[uid]
    need(not source["readOnly"], 403, "Cannot update read-only data source")
    need(body.get("version", source["version"]) == source["version"], 409,
         "Datasource has already been updated by someone else. Please reload and try again")
    source.update(body, version=source["version"] + 1)
    return 200, {"datasource": source, "id": source["id"], "message": "Datasource updated", "name": body["name"]}


def save_old_dashboard(body):
    keys(body, ["dashboard"], ["folderUid", "message", "overwrite"])
    model, folder = body["dashboard"], body.get("folderUid", "")
    check_model(model)
    uid = model.get("uid") or f"d{number()}"
    good_uid(uid)
    need(folder == "" or folder in folders, 404 if major >= 12 else 400, "folder not found")
    there = dashboards.get(uid)
    if there is None:
        need(model.get("id") is None, 404, "Dashboard not found", status="not-found")
    else:
        need(not there["provisioned"], 400, "Cannot save provisioned dashboard")
        need(body.get("overwrite") or model.get("version") == there["version"], 412,
             "The dashboard has been changed by someone else", status="version-mismatch")
        need(model.get("id") in (None, there["id"]), 400, "uid and id do not belong together")
    same = [other for name, other in dashboards.items() if name != uid and other["folder"] == folder and other["model"]["title"] == model["title"]]
    need(not same or major >= 12, 412, "A dashboard with the same name in the folder already exists", status="name-exists")
    keep_dashboard(uid, model, folder)
    there = dashboards[uid]
    return 200, {"id": there["id"], "uid": uid, "url": f"/d/{uid}/x", "status": "success", "version": there["version"], "slug": "x"}


def keep_dashboard(uid, model, folder):
    there = dashboards.get(uid, {"id": number(), "version": 0, "provisioned": False})
    dashboards[uid] = {**there, "model": stored(model), "folder": folder, "version": there["version"] + 1}


def old_dashboard(uid):
    need(uid in dashboards, 404, "Dashboard not found")
    there = dashboards[uid]
    return 200, {"dashboard": {**there["model"], "id": there["id"], "uid": uid, "version": there["version"]},
                 "meta": {"slug": "x", "url": f"/d/{uid}/x", "folderUid": there["folder"], "version": there["version"],
                          "provisioned": there["provisioned"], "canSave": True}}


def search(query):
    for key in query:
        need(key in ("type", "query", "limit"), 400, f"unknown parameter {key}")
    need(query.get("type", ["dash-db"]) == ["dash-db"], 400, "bad type")
    word = query.get("query", [""])[0].lower()
    return 200, [{"id": there["id"], "uid": uid, "title": there["model"]["title"], "type": "dash-db", "tags": there["model"].get("tags", []),
                  "folderUid": there["folder"]} for uid, there in dashboards.items() if word in there["model"]["title"].lower()]


def old(method, path, query, body, role):
    editor, admin = role in ("Editor", "Admin"), role == "Admin"

    def may(allowed, action):
        need(allowed, 403, f"You'll need additional permissions to perform this action. Permissions needed: {action}",
             title="Access denied", accessErrorId="ACE0123456789")
    if path == "/api/org" and method == "GET":
        may(admin, "orgs:read")
        return 200, {"id": int(options["org"]), "name": "Main Org."}
    if path == "/api/datasources" and method == "POST":
        may(admin, "datasources:create")
        return make_source(body)
    match = re.fullmatch(r"/api/datasources/uid/([^/]+)", path)
    if match and method in ("GET", "PUT"):
        may(editor if method == "GET" else admin, "datasources:read" if method == "GET" else "datasources:write")
        if method == "PUT":
            return change_source(match[1], body)
        need(match[1] in sources, 404, "Data source not found")
        return 200, sources[match[1]]
    match = re.fullmatch(r"/api/datasources/name/([^/]+)", path)
    if match and method == "GET":
        may(editor, "datasources:read")
        found = [source for source in sources.values() if source["name"] == match[1]]
        need(found, 404, "Data source not found")
        return 200, found[0]
    if path == "/api/search" and method == "GET":
        return search(query)
    if options["old"] != "yes":
        raise Refused(int(options["old"]), "Not found")
    if path == "/api/folders" and method == "GET":
        return 200, [{"id": folder["id"], "uid": uid, "title": folder["title"]} for uid, folder in folders.items()]
    if path == "/api/folders" and method == "POST":
        may(editor, "folders:create")
        return make_old_folder(body)
    match = re.fullmatch(r"/api/folders/([^/]+)", path)
    if match and method == "GET":
        need(match[1] in folders, 404, "folder not found")
        return 200, old_folder(match[1])
    if path == "/api/dashboards/tags" and method == "GET":
        tags = [tag for there in dashboards.values() for tag in there["model"].get("tags", [])]
        return 200, [{"term": tag, "count": tags.count(tag)} for tag in sorted(set(tags))]
    if path == "/api/dashboards/db" and method == "POST":
        may(editor, "dashboards:create")
        return save_old_dashboard(body)
    match = re.fullmatch(r"/api/dashboards/uid/([^/]+)", path)
    if match and method == "GET":
        return old_dashboard(match[1])
    raise Refused(404, "Not found")


# -- /apis -------------------------------------------------------------------------------------------

def failure(code, reason, message):
    return Refused(code, message, kind="Status", apiVersion="v1", metadata={}, status="Failure", reason=reason, code=code)


def new_object(kind, name):
    there = (folders if kind == "Folder" else dashboards)[name]
    group = kind.lower()
    annotations = {"grafana.app/createdBy": "service-account:1"}
    if kind == "Dashboard" and there["folder"]:
        annotations["grafana.app/folder"] = there["folder"]
    spec = {"title": there["title"]} if kind == "Folder" else there["model"]
    return {"kind": kind, "apiVersion": f"{group}.grafana.app/{options['new']}",
            "metadata": {"name": name, "namespace": namespace(), "uid": f"k8s-{name}", "resourceVersion": f"10{there['version']}",
                         "generation": there["version"], "creationTimestamp": "2025-03-06T19:57:18Z", "annotations": annotations},
            "spec": spec}


def namespace():
    return "default" if options["org"] == "1" else "org-" + options["org"]


def check_new(kind, body, name):
    keys(body, ["metadata", "spec"], ["kind", "apiVersion"])
    metadata = body["metadata"]
    keys(metadata, ["name"], ["annotations", "resourceVersion"])
    good_uid(metadata["name"])
    need(body.get("kind", kind) == kind, 400, "the kind does not match")
    need(body.get("apiVersion", "").endswith(".grafana.app/" + options["new"]), 400, "the API version does not match")
    need(name in (None, metadata["name"]), 400, "the name of the object does not match the name on the URL")
    annotations = metadata.get("annotations", {})
    keys(annotations, [], ["grafana.app/folder", "grafana.app/message"])
    folder = annotations.get("grafana.app/folder", "")
    need(folder == "" or folder in folders, 400, "folder not found")
    if kind == "Folder":
        keys(body["spec"], ["title"], ["description"])
        need(body["spec"]["title"], 400, "title is required")
    else:
        check_model(body["spec"])
        need(not {"id", "uid"} & set(body["spec"]), 400, "spec holds what belongs into metadata")
    return metadata["name"], folder


def save_new(kind, store, method, name, body):
    resource = kind.lower() + "s"
    uid, folder = check_new(kind, body, name)
    if method == "POST":
        need("resourceVersion" not in body["metadata"], 400, "resourceVersion should not be set on objects to be created")
        if uid in store:
            raise failure(409, "AlreadyExists", f'{resource}.{kind.lower()}.grafana.app "{uid}" already exists')
    else:
        if uid not in store:
            raise failure(404, "NotFound", f'{resource}.{kind.lower()}.grafana.app "{uid}" not found')
        version = f"10{store[uid]['version']}"
        if body["metadata"].get("resourceVersion", version) != version:
            raise failure(409, "Conflict", f'Operation cannot be fulfilled on {resource} "{uid}": the object has been modified')
    if kind == "Folder":
        folders[uid] = {"id": number(), "title": body["spec"]["title"], "version": 1}
    else:
        keep_dashboard(uid, body["spec"], folder)
    return 201 if method == "POST" else 200, new_object(kind, uid)


def new(method, path, body, role):
    match = re.fullmatch(r"/apis/(dashboard|folder)\.grafana\.app/([^/]+)/namespaces/([^/]+)/(dashboards|folders)(?:/([^/]+))?", path)
    need(match and options["new"] and match[2] == options["new"] and match[4] == match[1] + "s", 404, "Not found")
    if match[3] != namespace():
        raise failure(403, "Forbidden", f"{match[4]} is forbidden: invalid namespace {match[3]}")
    kind, store, name = match[1].capitalize(), folders if match[1] == "folder" else dashboards, match[5]
    if method == "GET" and name is None:
        return 200, {"kind": kind + "List", "metadata": {}, "items": [new_object(kind, uid) for uid in list(store)[:1]]}
    if method == "GET":
        if name not in store:
            raise failure(404, "NotFound", f'{match[4]}.{match[1]}.grafana.app "{name}" not found')
        return 200, new_object(kind, name)
    if role == "Viewer":
        raise failure(403, "Forbidden", f"{match[4]}.{match[1]}.grafana.app is forbidden")
    need((method, name is None) in (("POST", True), ("PUT", False)), 405, "Method not allowed")
    return save_new(kind, store, method, name, body)


# -- HTTP --------------------------------------------------------------------------------------------

def fault_of(method, path):
    try:
        with open(os.path.join(directory, "faults")) as file:
            lines = [line.split() for line in file if line.strip()]
    except FileNotFoundError:
        return
    for line in lines:
        if line[0] == method and path.startswith(line[1]):
            more = {"status": line[3]} if len(line) > 3 else {}
            raise Refused(int(line[2]), "as the test wants it", **more)


class Handler(BaseHTTPRequestHandler):
    protocol_version = "HTTP/1.1"

    def log_message(self, *arguments):
        pass

    def read_body(self):
        text = self.rfile.read(int(self.headers.get("Content-Length") or 0))
        if self.command not in ("POST", "PUT"):
            need(not text, 400, "a body where there is none")
            return None
        need(self.headers.get("Content-Type") == "application/json", 415, "the content type is not application/json")
        try:
            return json.loads(text, object_pairs_hook=self.once)
        except ValueError as error:
            raise Refused(400, f"bad request data: {error}") from error

    @staticmethod
    def once(pairs):
        if len(dict(pairs)) != len(pairs):
            raise ValueError("a key stands twice")
        return dict(pairs)

    def answer(self):
        parts = urlsplit(self.path)
        path, query = unquote(parts.path), parse_qs(parts.query, strict_parsing=bool(parts.query))
        body = self.read_body()
        fault_of(self.command, path)
        if path == "/api/health" and self.command == "GET":
            health = {"commit": "0123456", "database": "ok"}
            return 200, {**health, "version": options["version"]} if options["version"] else health
        scheme, _, token = self.headers.get("Authorization", "").partition(" ")
        need(scheme == "Bearer" and token in roles, 401, "Invalid API key")
        if path.startswith("/apis/"):
            return new(self.command, path, body, roles[token])
        return old(self.command, path, query, body, roles[token])

    def serve(self):
        with lock:
            try:
                status, body = self.answer()
            except Refused as refused:
                status, body = refused.code, refused.body
            with open(os.path.join(directory, "requests"), "a") as file:
                file.write(f"{self.command} {self.path} {status}\n")
        text = json.dumps(body).encode()
        self.send_response(status)
        if 300 <= status < 400:
            self.send_header("Location", "https://elsewhere.invalid/login")
        self.send_header("Content-Type", "application/json; charset=UTF-8")
        self.send_header("Content-Length", str(len(text)))
        self.end_headers()
        self.wfile.write(text)

    do_GET = do_POST = do_PUT = do_DELETE = do_PATCH = serve


class Server(ThreadingHTTPServer):
    allow_reuse_address = True


def listen():
    for port in range(23000 + os.getpid() % 4000, 31000):
        try:
            return Server(("127.0.0.1", port), Handler)
        except OSError:
            continue
    raise SystemExit("no free port")


server = listen()
with open(os.path.join(directory, "port.new"), "w") as file:
    file.write(str(server.server_address[1]))
os.rename(os.path.join(directory, "port.new"), os.path.join(directory, "port"))
server.serve_forever()
