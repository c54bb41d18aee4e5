"""Recorded exchanges with CVAT 2.73.0, in the order in which they replay.

python3 test/golden/cvat/trim.py FOLDER-OF-RECORDINGS test/golden/cvat

Headers are cut down to those that clients read, tracebacks to their last line, long descriptions away.
"""
import json
import pathlib
import sys

source, target = map(pathlib.Path, sys.argv[1:])
read = lambda name: json.loads((source / f"{name}.json").read_text())

accounts = """about login user_self access_token_create pat_bearer unauthorized register_annot1 register_annot2 users"""
project = """project_create labels webhook_create webhook_events
task_create task_data_upload request_create_task task task_data_meta jobs_of_task job_data_meta
frame_original frame_compressed chunk_original task_preview"""
annotations = """annotations_empty annotations_create annotations_after_create annotations_bad_label annotations_bad_frame
annotations_bad_mask_rle_overrun annotations_bad_mask_outside annotations_bad_mask_short annotations_update
annotations_task_level annotations_put annotations_delete_some"""
jobs = """job_before job_assign job_assign_unknown_user job_state_in_progress job_bad_state job_state_completed
job_stage_validation job_stage_acceptance_completed job_unassign job_noop job_404 webhook_deliveries webhook_ping
task_after_completion
annotator_jobs_before_assign annotator_jobs_after_assign annotator_unassigned_job_403 annotator_can_complete
annotator_stage_denied jobs_page_size_huge jobs_sort_bad jobs_filter user_search job_delete_denied"""
rounds = """round_task_create share_list round_task_data_share_predefined client_upload_order request_client_upload_order
request_create_task_failed tasks_sort_name deleted_frames task_delete task_rename gt_job_create annotation_job_create_denied
round_task_data_share_mapping request_round_task round_task round_task_jobs round_task_meta job_chunk job_preview job_frame
client_job_file_mapping_multipart upload_start upload_multiple upload_finish"""
organizations = """org_create org_invite_worker org_accept members org_project org_task org_worker_jobs_before
org_worker_jobs_after jobs_filter_in jobs_filter_ops"""
models = """lambda_functions lambda_function_one lambda_function_missing lambda_online_detector_dashboard
lambda_online_detector_poly_dashboard lambda_online_interactor_dashboard lambda_online_interactor_roi
lambda_online_detector_direct lambda_online_detector_poly_direct lambda_online_interactor_direct lambda_request_job
lambda_request_status annotations_after_lambda lambda_request_task lambda_request_conflict lambda_requests_list
lambda_untrained_online_503 lambda_untrained_batch_503 lambda_untrained_online_200 lambda_untrained_batch_200"""
hooks = """webhook_redeliver webhook_deliveries_retry"""

order = " ".join([accounts, project, annotations, jobs, rounds, organizations, models, hooks]).split()
nobody = {"login", "about", "register_annot1", "register_annot2"}
kept = ("location", "x-checksum")


def cut(value):
    if isinstance(value, dict):
        return {key: cut(own) for key, own in value.items() if key != "description" or not is_long(own)}
    if isinstance(value, list):
        return [cut(own) for own in value]
    return value.strip().split("\n")[-1][:160] if isinstance(value, str) and "Traceback" in value else value


def is_long(value):
    return isinstance(value, str) and len(value) > 200


def trimmed(name):
    request, response = read(f"rest_{name}")["request"], read(f"rest_{name}")["response"]
    headers = {key.lower(): value for key, value in request["headers"].items()}
    authorization = headers.pop("authorization", None)
    who = "admin1" if authorization is None else "annot1"
    if name in nobody:
        who = "nobody"
    elif name == "unauthorized":
        who = "stranger"
    elif name == "pat_bearer":
        who = "bearer"
    found = {"name": name, "method": request["method"], "path": request["path"], "as": who}
    if headers:
        found["headers"] = headers
    if request.get("body") is not None:
        found["body"] = request["body"]
    told = {key: value for key, value in response["headers"].items() if key in kept}
    return {
        **found,
        "status": response["status"],
        "type": response["contentType"],
        **({"told": told} if told else {}),
        "reply": cut(response["body"]),
    }


def lines(values):
    return "[\n" + ",\n".join(json.dumps(one, separators=(",", ":")) for one in values) + "\n]\n"


def hook(name):
    recorded = read(name)
    return {"name": name, "headers": recorded["headers"], "body": recorded["body"]}


def call(name):
    recorded = read(name)
    return {"name": name, **recorded}


recorded = {path.stem[5:] for path in source.glob("rest_*.json")}
assert recorded == set(order), recorded ^ set(order)
(target / "exchanges.json").write_text(lines(map(trimmed, order)))
(target / "webhooks.json").write_text(lines(hook(path.stem) for path in sorted(source.glob("webhook_*.json"))))
(target / "nuclio.json").write_text(lines(call(path.stem) for path in sorted(source.glob("nuclio_*.json"))))
