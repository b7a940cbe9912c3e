import { Refusal } from './answers.ts';

/** What somebody wants to do to a branch. */
export type Change = 'create' | 'update' | 'delete';

/** Classic branch protection: what it asks for. */
export interface Protection {
  /** Approving reviews. */
  readonly reviews?: number;
  /** Names of status checks. */
  readonly checks?: readonly string[];
  /** Changes only by pull request. */
  readonly pullRequest?: boolean;
  /** Only these may push: texts of tokens. */
  readonly pushers?: readonly string[];
  /** Also holds for administrators, and so for every token here. Default: true. */
  readonly enforced?: boolean;
}

/** The rules a ruleset can have, by the names of GitHub's API. */
export type Rule =
  | 'creation'
  | 'update'
  | 'deletion'
  | 'non_fast_forward'
  | 'pull_request'
  | 'required_signatures'
  | 'secret_scanning'
  | { readonly checks: readonly string[] }
  /** Any other rule, with what GitHub says of it. */
  | { readonly says: string };

/** A ruleset of the repository or its organisation. */
export interface Ruleset {
  /** Names of branches, `*` for anything but a slash, `**` for anything, `~ALL`, `~DEFAULT_BRANCH`. */
  readonly include: readonly string[];
  readonly exclude?: readonly string[];
  readonly rules: readonly Rule[];
  /** Texts of tokens that it lets by. */
  readonly bypass?: readonly string[];
}

/** What is about to happen, as the rules see it. */
export interface Attempt {
  readonly branch: string;
  readonly isDefault: boolean;
  readonly change: Change;
  readonly token: string;
  readonly signed: boolean;
  readonly fastForward: boolean;
  /** What is written, where it is a file. */
  readonly content?: string;
}

export class Rules {
  readonly #protected = new Map<string, Protection>();
  readonly #rulesets: Ruleset[] = [];

  /** Branch protection for a name or pattern; `undefined` takes it away. */
  protect(pattern: string, protection: Protection | undefined): void {
    if (protection === undefined) this.#protected.delete(pattern);
    else this.#protected.set(pattern, protection);
  }

  add(ruleset: Ruleset): void {
    this.#rulesets.push(ruleset);
  }

  clear(): void {
    this.#protected.clear();
    this.#rulesets.length = 0;
  }

  protection(branch: string): Protection | undefined {
    return [...this.#protected].find(([pattern]) => matches(pattern, branch))?.[1];
  }

  /** Whether the branch counts as protected, by either kind. */
  protects(branch: string, isDefault: boolean): boolean {
    const protection = this.protection(branch);
    return protection !== undefined || this.#rulesets.some((set) => covers(set, branch, isDefault));
  }

  /** Why branch protection refuses; `undefined` where it doesn't. */
  protectionSays({ branch, change, token }: Attempt): string | undefined {
    const protection = this.protection(branch);
    if (protection === undefined || protection.enforced === false) return undefined;
    if (change === 'delete') return 'Cannot delete this protected branch';
    const { reviews = 0, checks = [], pullRequest = false, pushers } = protection;
    if (pushers !== undefined && !pushers.includes(token)) {
      return "You're not authorized to push to this branch. Visit https://docs.github.com/articles/about-protected-branches/ for more information.";
    }
    const parts = [
      ...(reviews > 0
        ? [`At least ${reviews} approving review is required by reviewers with write access.`]
        : []),
      ...(checks.length > 0 ? [checksText(checks)] : []),
      ...(pullRequest ? ['Changes must be made through a pull request.'] : []),
    ];
    return parts.length === 0 ? undefined : parts.join(' ');
  }

  /** What the rulesets say against it; empty where nothing. */
  rulesetsSay(attempt: Attempt): string[] {
    return this.#rulesets
      .filter((set) => covers(set, attempt.branch, attempt.isDefault))
      .filter(({ bypass = [] }) => !bypass.includes(attempt.token))
      .flatMap(({ rules }) => rules.map((rule) => violation(rule, attempt)))
      .filter((text) => text !== undefined);
  }

  /** Refuses what rulesets and protection refuse, as the contents API (409) puts it. */
  checkFile(attempt: Attempt, verb: Change): void {
    this.#checkRulesets(attempt, 409);
    const text = this.protectionSays(attempt);
    if (text !== undefined) {
      throw new Refusal(409, `Could not ${verb} file: ${text}`, PROTECTED_BRANCHES);
    }
  }

  /** The same, as the refs API (422) puts it. */
  checkRef(attempt: Attempt): void {
    this.#checkRulesets(attempt, 422);
    const text = this.protectionSays(attempt);
    // What is wrong is said for an update only.
    if (text !== undefined && attempt.change === 'create') {
      throw new Refusal(422, 'Reference update failed');
    }
    if (text !== undefined) throw new Refusal(422, text, PROTECTED_BRANCHES);
  }

  #checkRulesets(attempt: Attempt, status: number): void {
    const texts = this.rulesetsSay(attempt);
    if (texts.length === 0) return;
    throw new Refusal(status, `Repository rule violations found\n\n${texts.join('\n\n')}\n\n`);
  }
}

const PROTECTED_BRANCHES = 'https://docs.github.com/articles/about-protected-branches';

// Stands for what GitHub's own patterns find.
const SECRET = /gh[pousr]_[A-Za-z0-9]{36}|-----BEGIN [A-Z ]*PRIVATE KEY-----/;

function violation(rule: Rule, attempt: Attempt): string | undefined {
  const { change, signed, fastForward, content = '' } = attempt;
  if (typeof rule === 'object') {
    if (change === 'delete') return undefined;
    return 'says' in rule ? rule.says : checksText(rule.checks);
  }
  const texts: Record<typeof rule, readonly [applies: boolean, text: string]> = {
    creation: [change === 'create', 'Cannot create ref due to creations being restricted.'],
    update: [change === 'update', 'Cannot update this protected ref.'],
    deletion: [change === 'delete', 'Cannot delete this protected ref.'],
    non_fast_forward: [!fastForward, 'Cannot force-push to this branch'],
    // A branch may be made without one, but not changed.
    pull_request: [change === 'update', 'Changes must be made through a pull request.'],
    required_signatures: [change !== 'delete' && !signed, 'Commits must have verified signatures.'],
    secret_scanning: [SECRET.test(content), 'Secret detected in content'],
  };
  const [applies, text] = texts[rule];
  return applies ? text : undefined;
}

function checksText(checks: readonly string[]): string {
  if (checks.length === 1) return `Required status check "${checks[0]}" is expected.`;
  return `${checks.length} of ${checks.length} required status checks are expected.`;
}

function covers({ include, exclude = [] }: Ruleset, branch: string, isDefault: boolean): boolean {
  const hit = (pattern: string) =>
    pattern === '~ALL' || (pattern === '~DEFAULT_BRANCH' ? isDefault : matches(pattern, branch));
  return include.some(hit) && !exclude.some(hit);
}

function matches(pattern: string, branch: string): boolean {
  const expression = pattern
    .replace(/^refs\/heads\//, '')
    .split(/(\*\*|\*)/)
    .map((part) => ({ '**': '.*', '*': '[^/]*' })[part] ?? part.replace(/\W/g, '\\$&'))
    .join('');
  return new RegExp(`^${expression}$`).test(branch);
}
