"""Keeps of recorded requests to an ML backend what tests replay: python backend.py FOLDER > backend.json

FOLDER holds the recordings as `<name>.json`, each with method, url, headers and body. Data addresses are cut by the
recording; project ids, task ids and forms are as Label Studio 1.23.2 sent them.
"""

import json
import pathlib
import sys

names = [
    'health_request_basic_auth',
    'setup_request',
    'predict_request_single',
    'predict_request_batch',
    'predict_request_interactive_keypoint_ui',
    'predict_request_interactive_rectangle_ui',
    'versions_request',
    'webhook_START_TRAINING',
    'webhook_ANNOTATION_CREATED_auto_registered_no_auth',
    'webhook_ANNOTATION_CREATED_custom_headers',
]
kept_headers = ['user-agent', 'content-type', 'accept']
folder = pathlib.Path(sys.argv[1])
recordings = {}
for name in names:
    recorded = json.loads((folder / f'{name}.json').read_text())
    body = recorded['body']
    if isinstance(body, dict) and isinstance(body.get('project'), dict):
        project = body['project']
        body = {**body, 'project': {key: project[key] for key in ('id', 'title', 'model_version')}}
    recordings[name] = {
        'method': recorded['method'],
        'url': recorded['url'],
        'headers': {key: recorded['headers'][key] for key in kept_headers if key in recorded['headers']},
        'body': body,
    }
print(json.dumps(recordings, indent=1))
