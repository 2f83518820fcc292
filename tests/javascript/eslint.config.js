// What a script of the pages may not do; run from the root of the repository by scripts/lint-js.
import js from "@eslint/js";
import globals from "globals";

const rules = {
  ...js.configs.recommended.rules,
  eqeqeq: "error",
  "no-implicit-globals": "error",
  "no-shadow": "error",
  "no-unused-vars": ["error", { caughtErrors: "none" }],
  "no-unneeded-ternary": "error",
  "no-var": "error",
  "object-shorthand": "error",
  "prefer-const": "error",
  // Pages are made of elements, never of text that is read as markup or code.
  "no-eval": "error",
  "no-implied-eval": "error",
  "no-new-func": "error",
  "no-restricted-properties": [
    "error",
    ...["innerHTML", "outerHTML", "insertAdjacentHTML"].map((property) => ({ property })),
    { object: "document", property: "write" },
  ],
};

// What common.js declares for the scripts behind it.
const shared = ["$", "$$", "arrange", "edge", "figure", "fold", "rowsOf", "targetOf"];

export default [
  {
    // Scripts that stand in the page one behind the other: what common.js declares, the others use.
    files: ["align/report/assets/*.js"],
    languageOptions: { sourceType: "script", globals: globals.browser },
    linterOptions: { reportUnusedDisableDirectives: "error" },
    rules,
  },
  {
    files: ["align/report/assets/index.js", "align/report/assets/pair.js"],
    languageOptions: { globals: Object.fromEntries(shared.map((name) => [name, "readonly"])) },
  },
  {
    files: ["align/report/assets/common.js"],
    rules: { "no-implicit-globals": "off", "no-unused-vars": ["error", { vars: "local" }] },
  },
  {
    files: ["align/review/web/static/*.js"],
    languageOptions: { sourceType: "module", globals: globals.browser },
    linterOptions: { reportUnusedDisableDirectives: "error" },
    rules,
  },
];
