"""What the official client does with a server. Standard input: what is wanted. Standard output: what came of it."""
import hashlib
import io
import json
import sys
import zipfile
from pathlib import Path

import numpy
from cvat_sdk import Client, make_client, models
from cvat_sdk.core.client import AccessTokenCredentials, Config
from cvat_sdk.core.exceptions import BackgroundRequestException
from cvat_sdk.core.proxies.annotations import AnnotationUpdateAction
from cvat_sdk.core.proxies.tasks import ResourceType
from cvat_sdk.core.uploading import DataUploader
from cvat_sdk.masks import decode_mask, encode_mask


def connect(wish):
    client = Client(wish["address"], config=Config(status_check_period=0.02))
    client.login((wish["username"], wish["password"]))
    return client


def digest(stream):
    return hashlib.sha256(stream.read()).hexdigest()


def chunk(task):
    content = io.BytesIO()
    task.download_chunk(0, content, quality="original")
    with zipfile.ZipFile(content) as archive:
        assert archive.testzip() is None
        return [[one.filename, one.compress_type == zipfile.ZIP_STORED, digest(archive.open(one))] for one in archive.infolist()]


def sign_in(wish):
    """By password and by personal access token."""
    found = {"version": str(make_client(wish["address"]).get_server_version())}
    with connect(wish) as client:
        found["password"] = client.users.retrieve_current_user().username
    with Client(wish["address"]) as client:
        client.login(AccessTokenCredentials(wish["token"]))
        found["token"] = client.users.retrieve_current_user().username
    return found


def make_task(wish):
    """A project, then a task from files of this machine in the order given."""
    files = [Path(wish["folder"], name) for name in wish["names"]]
    with connect(wish) as client:
        label = models.PatchedLabelRequest(name="gland", type="mask")
        project = client.projects.create(models.ProjectWriteRequest(name="glands", labels=[label]))
        spec = models.TaskWriteRequest(name="pool", project_id=project.id, segment_size=1, overlap=0)
        task = client.tasks.create_from_data(
            spec, files, data_params={"sorting_method": "predefined", "image_quality": 90}
        )
        return {
            "project": project.id,
            "task": task.id,
            "size": task.size,
            "labels": [label.name for label in task.get_labels()],
            "names": [frame.name for frame in task.get_frames_info()],
            "frames": [digest(task.get_frame(i, quality="original")) for i in range(task.size)],
            "compressed": task.get_frame(0, quality="compressed").read(2).hex(),
            "chunk": chunk(task),
            "preview": task.get_preview().read(2).hex(),
            "jobs": sorted(job.id for job in task.get_jobs()),
            "seen": len(client.tasks.list()),
        }


def resumable(wish):
    """The same by pieces, as for large files, without a project."""
    files = [Path(wish["folder"], name) for name in wish["names"]]
    with connect(wish) as client:
        label = models.PatchedLabelRequest(name="gland", type="mask")
        task = client.tasks.create(models.TaskWriteRequest(name="large", labels=[label]))
        url = client.api_map.make_endpoint_url(task.api.create_data_endpoint.path, kwsub={"id": task.id})
        uploader = DataUploader(client, max_request_size=1)
        told = uploader.upload_files(url, files, image_quality=90, sorting_method="predefined")
        client.wait_for_completion(json.loads(told.data)["rq_id"])
        return {"names": [frame.name for frame in client.tasks.retrieve(task.id).get_frames_info()]}


def share(wish):
    """From the server's share, by the images of each job; and one that fails."""
    with connect(wish) as client:
        spec = models.TaskWriteRequest(name="round", project_id=wish["project"])
        task = client.tasks.create(spec)
        params = {"image_quality": 90, "job_file_mapping": wish["jobs"]}
        files = [name for job in wish["jobs"] for name in job]
        task.upload_data(files, resource_type=ResourceType.SHARE, params=params)
        jobs = sorted(task.get_jobs(), key=lambda job: job.id)
        bad = client.tasks.create(spec)
        try:
            bad.upload_data(["none.png"], resource_type=ResourceType.SHARE)
            error = None
        except BackgroundRequestException as problem:
            error = str(problem)
        left = client.tasks.retrieve(bad.id).size
        bad.remove()
        return {"jobs": [[job.start_frame, job.stop_frame] for job in jobs], "error": error, "left": left}


def annotate(wish):
    """Masks by the client's own encoder, changed and deleted one by one."""
    with connect(wish) as client:
        job = client.jobs.retrieve(wish["job"])
        label = client.projects.retrieve(job.project_id).get_labels()[0]
        bits = numpy.array(wish["bits"], dtype=bool)
        shape = models.LabeledShapeRequest(
            type="mask", frame=job.start_frame, label_id=label.id, source="auto", points=encode_mask(bits)
        )
        data = models.PatchedLabeledDataRequest(shapes=[shape, shape])
        job.update_annotations(data, action=AnnotationUpdateAction.CREATE)
        first, second = job.get_annotations().shapes
        job.remove_annotations(ids=[second.id])
        (kept,) = job.get_annotations().shapes
        height, width = bits.shape
        return {
            "id": kept.id,
            "is_first": kept.id == first.id,
            "source": kept.source,
            "bits": decode_mask(kept.points, image_width=width, image_height=height).astype(int).tolist(),
            "of_task": len(client.tasks.retrieve(job.task_id).get_annotations().shapes),
        }


def jobs(wish):
    """What a user sees; the administrator assigns, they complete."""
    annotator = {**wish, "username": wish["annotator"]["username"], "password": wish["annotator"]["password"]}
    with connect(wish) as client, connect(annotator) as other:
        before = len(other.jobs.list())
        client.jobs.retrieve(wish["job"]).update(models.PatchedJobWriteRequest(assignee=wish["annotator"]["id"]))
        (own,) = other.jobs.list()
        own.update(models.PatchedJobWriteRequest(state="completed"))
        by_filter, _ = client.api_client.jobs_api.list(
            filter='{"==":[{"var":"state"},"completed"]}', sort="-updated_date", page_size=1
        )
        return {
            "before": before,
            "own": own.id,
            "state": own.fetch().state,
            "told": str(own.task_name),
            "completed": [job.id for job in by_filter.results],
            "all": len(client.jobs.list()),
        }


commands = {one.__name__: one for one in (sign_in, make_task, resumable, share, annotate, jobs)}
json.dump(commands[sys.argv[1]](json.load(sys.stdin)), sys.stdout)
