/** What we write of CACAO Security Playbooks 2.0 (OASIS, committee specification 01), and read of it. */
export interface CacaoStep {
  type: string;
  name?: string;
  description?: string;
  delay?: number;
  timeout?: number;
  on_completion?: string;
  on_success?: string;
  on_failure?: string;
  commands?: {
    type: string;
    command?: string;
    command_b64?: string;
    description?: string;
    playbook_activity?: string;
  }[];
  agent?: string;
  in_args?: string[];
  out_args?: string[];
  next_steps?: string[];
  condition?: string;
  on_true?: string;
  on_false?: string;
  switch?: string;
  cases?: Record<string, string>;
  playbook_id?: string;
  step_extensions?: Record<string, object>;
}

export interface CacaoPlaybook {
  type: 'playbook';
  spec_version: 'cacao-2.0';
  id: string;
  name: string;
  description?: string;
  playbook_types?: string[];
  playbook_activities?: string[];
  playbook_processing_summary?: Record<string, boolean>;
  created_by: string;
  created: string;
  modified: string;
  labels?: string[];
  external_references?: { name: string; url?: string }[];
  playbook_variables?: Record<
    string,
    { type: string; description?: string; value?: string | null; external?: boolean }
  >;
  workflow_start: string;
  workflow: Record<string, CacaoStep>;
  playbook_extensions?: Record<string, object>;
  agent_definitions?: Record<string, { type: string; name: string; description?: string }>;
  extension_definitions?: Record<string, object>;
}
