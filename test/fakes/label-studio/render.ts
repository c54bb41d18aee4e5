/** Objects of the fake as the server's replies show them; the fields are those of the recordings. */
import type {
  FakeAnnotation,
  FakeBackend,
  FakeDraft,
  FakeHook,
  FakePrediction,
  FakeProject,
  FakeState,
  FakeTask,
  FakeView,
} from './state.ts'

export function renderProject(state: FakeState, project: FakeProject, isNew = false) {
  const tasks = state.tasksOf(project.id)
  const ids = new Set(tasks.map(({ id }) => id))
  const annotations = [...state.annotations.values()].filter(({ task }) => ids.has(task))
  const predictions = [...state.versions(project.id).values()].reduce((sum, n) => sum + n, 0)
  const done = tasks.filter((task) => state.isFinished(task)).length
  const valid = annotations.filter(({ wasCancelled }) => !wasCancelled)
  const count = (value: number) => (isNew ? null : value)
  return {
    id: project.id,
    title: project.title,
    description: project.description,
    label_config: project.configuration,
    expert_instruction: '',
    show_instruction: false,
    show_skip_button: true,
    enable_empty_annotation: true,
    show_annotation_history: false,
    organization: 1,
    color: '#FFFFFF',
    maximum_annotations: project.maximumAnnotations,
    is_published: false,
    model_version: project.modelVersion,
    is_draft: false,
    created_by: {
      id: 1,
      first_name: '',
      last_name: '',
      email: state.users[0]?.email ?? '',
      avatar: null,
    },
    created_at: project.createdAt,
    min_annotations_to_start_training: 0,
    start_training_on_annotation_update: false,
    show_collab_predictions: project.showPredictions,
    num_tasks_with_annotations: count(new Set(valid.map(({ task }) => task)).size),
    task_number: count(tasks.length),
    useful_annotation_number: count(valid.length),
    ground_truth_number: count(annotations.filter(({ groundTruth }) => groundTruth).length),
    skipped_annotations_number: count(annotations.length - valid.length),
    total_annotations_number: count(valid.length),
    total_predictions_number: count(predictions),
    sampling: project.sampling,
    show_ground_truth_first: false,
    annotator_evaluation_enabled: false,
    show_overlap_first: false,
    overlap_cohort_percentage: 100,
    task_data_login: null,
    task_data_password: null,
    control_weights: Object.fromEntries(
      Object.entries(project.parsed).map(([name, { type, labels }]) => [
        name,
        { overall: 1, type, labels: Object.fromEntries(labels.map((label) => [label, 1])) },
      ]),
    ),
    parsed_label_config: project.parsed,
    evaluate_predictions_automatically: false,
    config_has_control_tags: true,
    skip_queue: project.skipQueue,
    reveal_preannotations_interactively: false,
    pinned_at: null,
    finished_task_number: count(done),
    queue_total: tasks.length,
    queue_done: 0,
    config_suitable_for_bulk_annotation: false,
    state: null,
  }
}

/** Columns that cost the server work are filled only when a selection or an order names them. */
export function renderTask(
  state: FakeState,
  task: FakeTask,
  asked: ReadonlySet<string>,
  averageScore: number | null,
) {
  const annotations = state.annotationsOf(task.id)
  const predictions = state.predictionsOf(task.id)
  const valid = annotations.filter(({ wasCancelled }) => !wasCancelled)
  const versions = [...new Set(predictions.map(({ modelVersion }) => modelVersion))]
  const last = annotations.at(-1)
  return {
    id: task.id,
    drafts: [],
    annotators: [],
    inner_id: task.innerId,
    cancelled_annotations: annotations.length - valid.length,
    total_annotations: valid.length,
    total_predictions: predictions.length,
    annotations_results: '',
    predictions_results: '',
    ...(asked.has('predictions_score') ? { predictions_score: averageScore } : {}),
    file_upload: null,
    storage_filename: null,
    annotations_ids: '',
    predictions_model_versions: asked.has('predictions_model_versions') ? versions.join(',') : '',
    ...(asked.has('draft_exists') ? { draft_exists: state.draftsOf(task.id).length > 0 } : {}),
    updated_by: last === undefined ? [] : [{ user_id: last.user }],
    data: task.data,
    meta: {},
    created_at: task.createdAt,
    updated_at: task.updatedAt,
    is_labeled: state.isFinished(task),
    overlap: state.projects.get(task.project)?.maximumAnnotations ?? 1,
    comment_count: 0,
    unresolved_comment_count: 0,
    last_comment_updated_at: null,
    project: task.project,
    comment_authors: [],
  }
}

/** As `next` gives it: with the predictions that are shown and the user's own drafts. */
export function renderOpened(state: FakeState, task: FakeTask, user: number, queue: string) {
  const project = state.projects.get(task.project)
  const annotations = state.annotationsOf(task.id)
  const valid = annotations.filter(({ wasCancelled }) => !wasCancelled)
  return {
    id: task.id,
    predictions: state
      .predictionsOf(task.id)
      .filter(({ modelVersion }) => !project?.modelVersion || modelVersion === project.modelVersion)
      .map((one) => renderPrediction(state, one)),
    annotations: [],
    drafts: state
      .draftsOf(task.id)
      .filter((draft) => draft.user === user)
      .map((draft) => renderDraft(state, draft)),
    updated_by: annotations.length === 0 ? [] : [{ user_id: annotations.at(-1)?.user }],
    unique_lock_id: `lock-${task.id}-${user}`,
    data: task.data,
    meta: {},
    created_at: task.createdAt,
    updated_at: task.updatedAt,
    is_labeled: state.isFinished(task),
    overlap: project?.maximumAnnotations ?? 1,
    inner_id: task.innerId,
    total_annotations: valid.length,
    cancelled_annotations: annotations.length - valid.length,
    total_predictions: state.predictionsOf(task.id).length,
    comment_count: 0,
    unresolved_comment_count: 0,
    last_comment_updated_at: null,
    project: task.project,
    file_upload: null,
    comment_authors: [],
    queue,
  }
}

export function renderAnnotation(state: FakeState, annotation: FakeAnnotation) {
  const email = state.users.find(({ id }) => id === annotation.user)?.email ?? ''
  return {
    id: annotation.id,
    result: annotation.result,
    created_username: ` ${email}, ${annotation.user}`,
    created_ago: '0\u00a0minutes',
    completed_by: annotation.user,
    was_cancelled: annotation.wasCancelled,
    ground_truth: annotation.groundTruth,
    created_at: annotation.createdAt,
    updated_at: annotation.updatedAt,
    draft_created_at: null,
    lead_time: annotation.leadTime,
    import_id: null,
    last_action: null,
    bulk_created: false,
    task: annotation.task,
    project: state.tasks.get(annotation.task)?.project ?? 0,
    updated_by: annotation.user,
    parent_prediction: annotation.parentPrediction,
    parent_annotation: null,
    last_created_by: null,
  }
}

export function renderPrediction(state: FakeState, prediction: FakePrediction) {
  return {
    id: prediction.id,
    result: prediction.result,
    model_version: prediction.modelVersion,
    created_ago: '0\u00a0minutes',
    score: prediction.score,
    cluster: null,
    neighbors: null,
    mislabeling: 0,
    created_at: prediction.createdAt,
    updated_at: prediction.createdAt,
    model: null,
    model_run: null,
    task: prediction.task,
    project: state.tasks.get(prediction.task)?.project ?? 0,
  }
}

export function renderDraft(state: FakeState, draft: FakeDraft) {
  const email = state.users.find(({ id }) => id === draft.user)?.email ?? ''
  return {
    id: draft.id,
    user: email,
    created_username: `${email}, ${draft.user}`,
    created_ago: '0\u00a0minutes',
    result: draft.result,
    lead_time: draft.leadTime,
    was_postponed: false,
    import_id: null,
    created_at: draft.createdAt,
    updated_at: draft.createdAt,
    task: draft.task,
    annotation: null,
  }
}

export const renderView = ({ id, project, data }: FakeView) => ({
  id,
  data,
  order: 0,
  user: 1,
  project,
})

export const renderHook = (hook: FakeHook) => ({
  id: hook.id,
  organization: 1,
  project: hook.project,
  url: hook.url,
  send_payload: hook.sendPayload,
  send_for_all_actions: hook.sendForAll,
  headers: hook.headers,
  is_active: hook.isActive,
  actions: hook.actions,
  created_at: hook.createdAt,
  updated_at: hook.updatedAt,
})

export const renderBackend = (backend: FakeBackend) => ({
  id: backend.id,
  state: 'CO',
  readable_state: 'Connected',
  is_interactive: backend.isInteractive,
  url: backend.url,
  error_message: null,
  title: backend.title,
  auth_method: 'BASIC_AUTH',
  basic_auth_user: backend.user,
  basic_auth_pass_is_set: true,
  description: '',
  extra_params: {},
  model_version: backend.modelVersion,
  timeout: 100,
  created_at: backend.createdAt,
  updated_at: backend.createdAt,
  auto_update: true,
  project: backend.project,
})
