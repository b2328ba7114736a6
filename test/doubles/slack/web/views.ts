import { checkView } from '../blocks.js';
import type { Workspace } from '../workspace.js';
import { type Args, type Method, type Reply, SlackRefusal, words } from './method.js';

/** Dialogs and home tabs. */
export const VIEWS: Record<string, Method> = {
  'views.open': {
    scopes: [],
    run(workspace, args) {
      const until = workspace.triggers.get(words(args.trigger_id));
      if (until === undefined) throw new SlackRefusal('invalid_trigger_id');
      if (until === 0) throw new SlackRefusal('exchanged_trigger_id');
      if (until < Date.now()) throw new SlackRefusal('expired_trigger_id');
      workspace.triggers.set(words(args.trigger_id), 0);
      return putView(workspace, args, `V${++workspace.dialogs}`);
    },
  },
  'views.publish': {
    scopes: [],
    run(workspace, args) {
      if (!workspace.users.has(words(args.user_id))) throw new SlackRefusal('user_not_found');
      workspace.published += 1;
      return putView(workspace, args, `home:${words(args.user_id)}`);
    },
  },
  'views.update': {
    scopes: [],
    run(workspace, args) {
      if (!workspace.views.has(words(args.view_id))) throw new SlackRefusal('not_found');
      return putView(workspace, args, words(args.view_id));
    },
  },
};

/** A view that an app gave, in the answer to something. @throws SlackRefusal */
export function putView(workspace: Workspace, args: Args, id: string): Reply {
  const view = args.view as Record<string, unknown> | undefined;
  const fault = view ? checkView(view) : { detail: 'no view' };
  if (!view || fault) throw new SlackRefusal('invalid_arguments', fault?.detail);
  const versions = Number(workspace.views.get(id)?.hash ?? 0);
  workspace.views.set(id, { ...view, id, hash: String(versions + 1) });
  workspace.emit('change');
  return { ok: true, view: { ...view, id } };
}
