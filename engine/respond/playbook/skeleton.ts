/** A new playbook that passes the check, with everything that one of an incident must say. */
export const skeleton = (id: string): string => `# yaml-language-server: $schema=schema.json
id: ${id}
name: ${id.charAt(0).toUpperCase()}${id.slice(1).replaceAll('-', ' ')}
use: incident
summary: >-
  What this is, and the one thing that people get wrong about it.
for: # which alerts it fits; a technique stands for its sub-techniques
  techniques: [T1078]
  tags: [${id}]
inputs:
  hosts: { kind: hosts, about: hosts concerned }
  users: { kind: users, about: accounts concerned, optional: true }
questions: # what to find out first, and why the answer matters
  - ask: Is it still going on?
    why: It decides between minutes and hours.
  - ask: What else would we see if it were worse than it looks?
    why: Ruling out the worst is worth more than explaining the rest.
  - ask: Who can confirm an honest reason?
    why: Half of what looks like it is a change.
containment: # options, what else each of them does, and when to choose it
  - option: Isolate the hosts
    effect: Their users stop working, and whoever controls them notices.
    choose: It is still going on.
  - option: Watch
    effect: It goes on.
    choose: Nothing that cannot be replaced is in reach.
steps:
  - id: look
    type: manual
    title: What happened?
    phase: triage
    timeout: 1h
    do: Say where to look on {hosts}, and for what.
    doneWhen: You can say what happened, or what cannot be told.
    answers: { real: { kind: yes-no, about: is it an incident } }
    tags: [RS.AN]
  - id: verdict
    type: decision
    title: Is it an incident?
    phase: triage
    ask: Is it?
    choices: # the first whose guard is true is taken; without guards a person decides
      - id: no
        label: No
        when: not look.real
        steps:
          - id: harmless
            type: finish
            title: Harmless
            outcome: it was harmless
      - id: yes
        label: Yes
        steps: []
  - id: evidence
    type: playbook
    title: Take evidence
    playbook: evidence-first
    with: { hosts: "{hosts}", wanted: What is lost first here. }
  - id: cut
    type: loop
    title: Cut the hosts off
    over: "{hosts}"
    as: host
    atOnce: true
    steps:
      - id: contain
        type: playbook
        title: Contain {host}
        playbook: contain-host
        with: { host: "{host}", reason: ${id} }
  - id: cause
    type: manual
    title: Remove the cause
    phase: eradicate
    do: Say what to remove, and where else to look for it.
    doneWhen: A search over all hosts finds it nowhere.
    tags: [RS.MI]
  - id: back
    type: loop
    title: Bring the hosts back
    over: "{hosts}"
    as: host
    atOnce: true
    steps:
      - id: recover
        type: playbook
        title: Recover {host}
        playbook: recover-host
        with: { host: "{host}" }
  - id: talk
    type: playbook
    title: Say it
    playbook: communicate
    with: { what: What is certain in one sentence. }
  - id: close
    type: playbook
    title: Close it and learn
    playbook: close-and-learn
`;
