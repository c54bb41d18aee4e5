"""Asks a running Label Studio 1.23.2 with a fresh personal access token and legacy tokens allowed, and prints the exchanges.

python3 test/golden/label-studio/exchanges.py ADDRESS PERSONAL-TOKEN LEGACY-TOKEN > test/golden/label-studio/exchanges.json

A string "{name}" stands for what an earlier reply has given; `save` says where it stood. Tokens are cut.
"""
import json
import re
import sys
import urllib.parse
import urllib.request

address, personal, legacy = sys.argv[1:]
values = {"personal": personal, "legacy": legacy}
exchanges = []


def filled(value):
    if isinstance(value, str):
        if re.fullmatch(r"\{\w+\}", value):
            return values[value[1:-1]]
        return re.sub(r"\{(\w+)\}", lambda m: str(values[m[1]]), value)
    if isinstance(value, list):
        return [filled(one) for one in value]
    if isinstance(value, dict):
        return {key: filled(one) for key, one in value.items()}
    return value


def ask(name, method, path, body=None, query=None, auth="Token {legacy}", save=None):
    request = {"method": method, "path": path}
    if query is not None:
        request["query"] = query
    if body is not None:
        request["body"] = body
    if auth is not None:
        request["auth"] = auth
    url = address + filled(path)
    if query is not None:
        texts = {k: v if isinstance(v, (str, int)) else json.dumps(filled(v)) for k, v in query.items()}
        url += "?" + urllib.parse.urlencode(texts)
    headers = {"Content-Type": "application/json"}
    if auth is not None:
        headers["Authorization"] = filled(auth)
    data = None if body is None else json.dumps(filled(body)).encode()
    try:
        answer = urllib.request.urlopen(urllib.request.Request(url, data, headers, method=method), timeout=600)
    except urllib.error.HTTPError as error:
        answer = error
    raw = answer.read()
    try:
        reply = json.loads(raw)
    except ValueError:
        reply = None
    for key, where in (save or {}).items():
        found = reply
        for part in where.split("/"):
            found = found[int(part)] if isinstance(found, list) else found[part]
        values[key] = found
    if isinstance(reply, dict) and "access" in reply:
        reply = {**reply, "access": "[cut]"}
    exchanges.append({"name": name, **request, **({"save": save} if save else {}), "status": answer.status, "reply": reply})
    return reply


config = (
    '<View><Image name="image" value="$image"/><BrushLabels name="tag" toName="image">'
    '<Label value="Gland" background="#ff0000"/></BrushLabels></View>'
)


def where(column, operator, kind, value, ordering=None):
    item = {"filter": f"filter:tasks:{column}", "operator": operator, "type": kind, "value": value}
    query = {"filters": {"conjunction": "and", "items": [item]}}
    return {**query, "ordering": [ordering]} if ordering else query


def tasks(name, query=None, page=1, size=100, fields="task_only", **more):
    parameters = {"project": "{project}", "page": page, "page_size": size, "fields": fields, **more}
    if query is not None:
        parameters["query"] = query
    parameters["project"] = str(values["project"])
    reply = ask(name, "GET", "/api/tasks", query=parameters)
    exchanges[-1]["query"]["project"] = "{project}"
    return reply


ask("version", "GET", "/api/version", auth=None)
exchanges[-1]["reply"] = {"release": exchanges[-1]["reply"]["release"]}
ask("refresh refused", "POST", "/api/token/refresh/", {"refresh": "abc"}, auth=None)
ask("refresh", "POST", "/api/token/refresh/", {"refresh": "{personal}"}, auth=None, save={"access": "access"})
ask("project created", "POST", "/api/projects", {"title": "recorded", "label_config": config}, save={"project": "id"})
ask("no credentials", "GET", "/api/projects/{project}", auth=None)
ask("wrong legacy token", "GET", "/api/projects/{project}", auth="Token abc")
ask("wrong access token", "GET", "/api/projects/{project}", auth="Bearer a.b.c")
ask("refresh token as access token", "GET", "/api/projects/{project}", auth="Bearer {personal}")
ask("project by access token", "GET", "/api/projects/{project}", auth="Bearer {access}")
ask("project missing", "GET", "/api/projects/999999")
ask("token settings", "GET", "/api/jwt/settings")
ask("legacy off", "POST", "/api/jwt/settings", {"api_tokens_enabled": True, "legacy_api_tokens_enabled": False})
ask("legacy refused", "GET", "/api/projects/{project}")
on = {"api_tokens_enabled": True, "legacy_api_tokens_enabled": True}
ask("legacy on", "POST", "/api/jwt/settings", on, auth="Bearer {access}")
images = [{"data": {"image": f"https://images.example.com/i{i}.png"}} for i in range(4)]
ids = {f"task{i}": f"task_ids/{i}" for i in range(4)}
ask("tasks imported", "POST", "/api/projects/{project}/import", images, query={"return_task_ids": "true"}, save=ids)
tasks("tasks")
tasks("tasks after id", where("id", "greater", "Number", "{task1}", "tasks:id"))
tasks("tasks past the end", page=9)
equal = lambda name: {"filter": "filter:tasks:id", "operator": "equal", "type": "Number", "value": name}
tasks("tasks by ids", {"filters": {"conjunction": "or", "items": [equal("{task0}"), equal("{task2}")]}})
ask("draft", "POST", "/api/tasks/{task3}/drafts", {"result": [], "lead_time": 1})
tasks("tasks with drafts", where("draft_exists", "equal", "Boolean", True))
row = lambda task, rank, version, result=[]: {"task": task, "model_version": version, "score": rank / 5, "result": result}
bulk = "/api/projects/{project}/import/predictions"
ask("bulk", "POST", bulk, [row(f"{{task{3 - i}}}", i + 1, "one") for i in range(4)])
region = {
    "id": "r1", "type": "brushlabels", "from_name": "tag", "to_name": "image", "original_width": 2, "original_height": 2,
    "image_rotation": 0, "value": {"format": "rle", "rle": [0, 0, 0, 1, 0], "brushlabels": ["Gland"]},
}
wrong = {**region, "from_name": "nobody"}
unknown = {**region, "value": {**region["value"], "brushlabels": ["Nobody"]}}
ask("bulk drops", "POST", bulk, [row("{task0}", 35, "two"), row("{task1}", 1, "two", [wrong]), row("{task2}", 1, "two", [unknown]), row("{task3}", 1, "two", [region])])
ask("bulk unknown task", "POST", bulk, [row("{task0}", 1, "two"), row(999999, 2, "two")])
ask("versions", "GET", "/api/projects/{project}/model-versions/")
tasks("tasks by version", where("predictions_model_versions", "contains", "List", ["two"], "tasks:id"))
ask("version refused", "PATCH", "/api/projects/{project}", {"model_version": "nobody"})
ask("switch", "PATCH", "/api/projects/{project}", {"sampling": "Uncertainty sampling", "show_collab_predictions": True, "model_version": "one"})
tasks("tasks by score", where("predictions_score", "less", "Number", 0.5, "tasks:predictions_score"))
ask("prediction", "POST", "/api/predictions/", row("{task0}", 2, "three"), save={"prediction": "id"})
ask("prediction of unknown task", "POST", "/api/predictions/", row(999999, 2, "three"))
ask("predictions of a task", "GET", "/api/predictions/", query={"task": str(values["task3"])})
exchanges[-1]["query"]["task"] = "{task3}"
ask("prediction deleted", "DELETE", "/api/predictions/{prediction}/")
ask("prediction deleted again", "DELETE", "/api/predictions/{prediction}/")
ask("next", "GET", "/api/projects/{project}/next")
ask("next again", "GET", "/api/projects/{project}/next")
ask("submitted", "POST", "/api/tasks/{task3}/annotations/", {"result": [region], "lead_time": 7.5}, save={"annotation": "id"})
ask("next after submit", "GET", "/api/projects/{project}/next")
ask("skipped", "POST", "/api/tasks/{task2}/annotations/", {"result": [], "was_cancelled": True})
ask("updated", "PATCH", "/api/annotations/{annotation}/", {"result": [region, {**region, "id": "r2"}], "lead_time": 9})
ask("annotations", "GET", "/api/tasks/{task3}/annotations/")
ask("annotations of a skipped task", "GET", "/api/tasks/{task2}/annotations/")
short = "id,data,updated_at,is_labeled,total_annotations,cancelled_annotations"
tasks("tasks in short", include=short, resolve_uri="false")
whole = "id,annotations,result,was_cancelled,ground_truth,lead_time,completed_by,created_at,updated_at,parent_prediction,predictions,model_version"
both = {"filters": {"conjunction": "or", "items": [equal("{task2}"), equal("{task3}")]}}
tasks("tasks with annotations", both, fields="all", include=whole, resolve_uri="false")
tasks("tasks annotated", where("total_annotations", "greater", "Number", 0))
tasks("tasks by change", {"filters": {"conjunction": "and", "items": []}, "ordering": ["tasks:updated_at"]})
ask("annotation deleted", "DELETE", "/api/annotations/{annotation}/")
ask("annotations of no task", "GET", "/api/tasks/999999/annotations/")
view = {"title": "Suggested order", "ordering": ["tasks:predictions_score"], "filters": {"conjunction": "and", "items": []}}
ask("view", "POST", "/api/dm/views/", {"project": "{project}", "data": view}, save={"view": "id"})
ask("views", "GET", "/api/dm/views", query={"project": str(values["project"])})
exchanges[-1]["query"]["project"] = "{project}"
ask("view deleted", "DELETE", "/api/dm/views/{view}/")
ask("view deleted again", "DELETE", "/api/dm/views/{view}/")
hook = {
    "url": "http://127.0.0.1:9/hook", "project": "{project}", "is_active": True, "send_payload": True,
    "send_for_all_actions": False, "actions": ["ANNOTATION_CREATED"], "headers": {"Authorization": "Bearer 0123"},
}
ask("webhook", "POST", "/api/webhooks/", hook, save={"webhook": "id"})
ask("webhooks", "GET", "/api/webhooks/", query={"project": str(values["project"])})
exchanges[-1]["query"]["project"] = "{project}"
ask("webhook changed without actions", "PATCH", "/api/webhooks/{webhook}/", {"url": "http://127.0.0.1:9/other", "is_active": False})
ask("webhook deleted", "DELETE", "/api/webhooks/{webhook}/")
ask("webhook deleted again", "DELETE", "/api/webhooks/{webhook}/")
ask("backends", "GET", "/api/ml", query={"project": str(values["project"])})
exchanges[-1]["query"]["project"] = "{project}"
ask("version deleted", "DELETE", "/api/projects/{project}/model-versions/", {"model_version": "two"})
ask("version deleted again", "DELETE", "/api/projects/{project}/model-versions/", {"model_version": "two"})
ask("version in use deleted", "DELETE", "/api/projects/{project}/model-versions/", {"model_version": "one"})
ask("project without version", "GET", "/api/projects/{project}")
ask("version none", "PATCH", "/api/projects/{project}", {"model_version": ""})
ask("upload missing", "GET", "/data/upload/1/0123abcd-none.png")
ask("local file missing", "GET", "/data/local-files/", query={"d": "none.png"})
ask("nothing to resolve", "GET", "/tasks/{task0}/resolve/", query={"fileuri": "czM6Ly9hL2I"})
print("[\n" + ",\n".join(json.dumps(one, separators=(",", ":")) for one in exchanges) + "\n]")
