import { type RefreshScene, refreshScene } from '../../__tests__/support/refresh-scene.ts';
import type { ActionResult, RunOptions } from '../../__tests__/support/runner.ts';
import type { OrgOptions } from '../../__tests__/support/salesforce-org.ts';
import {
  type AfterTest,
  type SceneOptions,
  type TokenBranchScene,
  tokenBranchScene,
} from '../../__tests__/support/token-branch-scene.ts';

/** One failure, and how it comes about. */
export interface Scenario {
  /** What went wrong, as whoever caused it would put it. */
  readonly what: string;
  /** Starts dist/ as the runner does, against look-alikes that end when `after` says so. */
  readonly provoke: (after: AfterTest) => Promise<ActionResult>;
}

/** Scenarios of a kind. */
export interface Group {
  readonly title: string;
  readonly scenarios: readonly Scenario[];
  /** The document has the advice of each as it is printed. */
  readonly asDocumented?: true;
}

/** What a scenario changes of a step that would work. */
export type Step = Pick<RunOptions, 'inputs' | 'env'>;

/** Breaks something, and may change the step. */
export type Prepare<Scene> = ((scene: Scene) => void) | ((scene: Scene) => Step);

/** Nothing is sent again, unless the scenario is about that: a failure is to come at once. */
const atOnce = { retries: 0 };
/** What hangs is killed, and has nothing to say then. */
const watchdogMs = 60_000;

/** A step with a refresh token among its inputs; `prepare` breaks something. */
export function atOrg(
  what: string,
  prepare: Prepare<RefreshScene>,
  options: OrgOptions = {},
): Scenario {
  return {
    what,
    provoke: async (after) => {
      const scene = await refreshScene(after, options);
      const { inputs, env } = prepare(scene) ?? {};
      return await scene.run({ ...atOnce, ...inputs }, env, { watchdogMs });
    },
  };
}

/** A step whose refresh token is kept on a branch; `prepare` breaks something. */
export function onBranch(
  what: string,
  prepare: Prepare<TokenBranchScene>,
  options: SceneOptions = {},
): Scenario {
  return {
    what,
    provoke: async (after) => {
      const scene = await tokenBranchScene(after, options);
      const { inputs, ...more } = prepare(scene) ?? {};
      return await scene.run({ inputs: { ...atOnce, ...inputs }, ...more });
    },
  };
}
