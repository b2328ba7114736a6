import { libraryOf, parsePlaybook } from '../../../engine/respond/playbook/load.js';
import { pin } from '../../../engine/respond/playbook/run/index.js';

/** A playbook with every type of step, and its part. */
export const ALL_STEPS = `
id: everything
name: Every type of step
use: part
summary: For tests.
inputs:
  hosts: { kind: hosts, about: hosts }
  user: { kind: user, about: account, optional: true }
steps:
  - { id: look, type: manual, title: Look, do: "Look at {hosts}.", doneWhen: Looked., answers: { real: { kind: yes-no, about: is it real } }, timeout: 1h }
  - id: real
    type: decision
    title: Real?
    ask: Is it?
    choices:
      - { id: no, label: "No", when: not look.real, steps: [{ id: over, type: finish, title: Over, outcome: false alarm }] }
      - { id: yes, label: "Yes", steps: [] }
  - id: both
    type: parallel
    title: Both
    branches:
      - id: hosts
        steps:
          - id: each
            type: loop
            title: Each host
            over: "{hosts}"
            as: host
            atOnce: true
            steps:
              - { id: collect, type: action, title: "Collect {host}", action: collect-triage-package, with: { host: "{host}" }, retries: { times: 1, every: 1m }, onFail: continue }
              - { id: isolate, type: action, title: "Isolate {host}", action: isolate-host, with: { host: "{host}", reason: test }, timeout: 30m, onFail: rollback }
      - id: account
        steps:
          - { id: closed, type: playbook, title: Close the account, playbook: account-part, when: user, with: { user: "{user}" } }
          - { id: told, type: manual, title: Tell them, lane: customer, role: customer-lead, do: "{closed.said}", doneWhen: They know., needs: [each] }
  - { id: pick, type: decision, title: Pick, ask: Which way?, choices: [{ id: a, label: A, steps: [{ id: a1, type: manual, title: A1, do: a, doneWhen: a }] }, { id: b, label: B, steps: [{ id: b1, type: wait, title: B1, for: 2h }] }] }
  - { id: agree, type: approval, title: Agree, ask: Go on?, approver: incident-lead, timeout: 4h }
  - { id: reset, type: wait, title: Wait for the reset, until: password-reset, timeout: 1d, onFail: stop }
`;
export const ACCOUNT_PART = `
id: account-part
name: A part
use: part
summary: For tests.
inputs: { user: { kind: user, about: account } }
outputs: { said: { from: "{revoke.said} about {user}", about: words } }
steps:
  - { id: disable, type: action, title: Disable, action: disable-user, with: { user: "{user}" }, approver: customer-lead }
  - { id: revoke, type: manual, title: Ask, do: "Ask {user}", doneWhen: Asked., answers: { said: { kind: text, about: what they said } } }
`;

const files = [parsePlaybook(ALL_STEPS, 'everything.yaml'), parsePlaybook(ACCOUNT_PART, 'account-part.yaml')];
export const sampleFiles = files;
export const library = libraryOf(files);
export const program = pin(library.get('everything')!, library);
