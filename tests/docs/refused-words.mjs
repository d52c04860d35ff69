/**
 * Words that this project does not use, what to write instead, and where a word may stay.
 *
 * To refuse a word, add `[pattern, instead]`. To allow a use of it, add an exception with its reason. Patterns are matched
 * against one line at a time, as written and with its identifiers split: `newPicture` also reads `new Picture`.
 */

/** A list of words as one pattern that ignores case. */
const words = (list) => new RegExp(`\\b(?:${list})\\b`, 'i');
/** Names of TypeScript's classes and types as a pattern that does not find the same words in prose. */
const classes = (list) => new RegExp(`\\b(?:class|interface|new)\\s+(?:${list})\\b(?! [A-Z])`);
/** Names of Rust's types, likewise. */
const structs = (list) => new RegExp(`\\b(?:struct|enum|trait|impl)\\s+(?:${list})\\b(?! [A-Z])`);

/** @type {[pattern: RegExp, instead: string][]} */
export const refused = [
  // The field's nouns
  [words('pictures?|pictured'), 'image, frame'],
  [words('photographs?|photographed'), 'still image, photo'],
  [words('networks?'), 'model (layers of a model: rust/segmentation)'],
  [/\b(?:on|for|of|by) the processor\b(?!s? (?:chain|wrapper))/i, 'CPU'],
  [
    words("processors?'s? (?:twins?|side|kernels?|loops?|time)|processor (?:twins?|backends?|cores?|time)"),
    'CPU',
  ],
  [words('stead(?:y|ied|ies|ying|iness|ier)'), 'temporal smoothing, temporally smoothed, stable'],
  [words('enlarg(?:e|es|ed|ing|ement|ements)'), 'upsample, scale up, resize_bilinear'],
  [
    /\b(?:a|an|the|its|their|this|that|each|which|whose|of|in|what|\w+'s) shares?\b(?! (?:a|an|the|one|its|their|this|no|memory)\b)/i,
    'fraction, ratio',
  ],
  [/\b(?:const|let|fn)\s+(?:mut\s+)?\w*[sS]hares?\b(?![ _][a-z])/, 'fraction, ratio'],
  [words('tones? of (?:a |the )?(?:weights?|models?)'), 'precision'],
  [words('address(?:es)?'), 'URL'],
  [words('rungs?'), 'quality level'],
  [words('ladders?'), 'quality levels'],
  [words('upright'), 'portrait'],
  [words('trap(?:s|ped|ping)?'), 'WebAssembly crash'],
  [words('true masks?'), 'ground truth'],
  [words('known holes?'), 'known vulnerabilities'],
  [words('judg(?:e|es|ed|ing|ement)|verdicts?'), 'check, classify, status, result'],
  [words('spill'), 'light-wrap amount'],
  [words('glow|glows'), 'light map'],
  [words('lettering'), 'text'],
  [words('another background'), 'a virtual background, a different background'],

  // Plain verbs, subject first
  [words('told|tells|telling|tell of'), 'reports, notifies, receives, distinguishes'],
  [words('giv(?:e|es|en|ing) up|gave up'), 'aborts, stops, aborted'],
  [words('tried'), 'tested, attempted'],
  [words('(?:go|goes|going|went) on'), 'continues'],
  [words('(?:go|goes) as well'), 'is also supported'],
  [words('(?:is|be|are|was|were) had'), 'is available, can be loaded'],
  [words('(?:hand(?:s|ed|ing)?) in(?! (?:front|the air))'), 'submit, pass'],
  [words('look(?:ed|s) (?:at|into)'), 'inspect, test, read'],
  [words("(?:hold|holds|holding|held) (?:[\\w'`]+ ){0,3}against"), 'verify, compare with'],
  [words('befalls?|befell|befallen'), 'happens to'],
  [words('mak(?:e|es|ing) (?:\\w+ )?anew|anew'), 'again'],

  // No calques
  [words('of another origin|of other origins'), 'cross-origin'],
  [words('beside'), 'next to, compared with'],
  [words('whoever'), 'the caller, any'],
  [words('nobody|somebody|anybody'), 'no caller, no consumer, a person, anyone'],
  [words('where there (?:is|are) none|there (?:is|are) none'), 'if no X exists'],
  [/, for (?:it|they|there|we|nothing|none|this) (?!to\b)\w+/i, 'because'],
  [/\b[Ww]hat (?:\w+ ){1,6}is, (?:it|they)\b/, 'subject first'],

  // American English
  [
    words(
      'colour(?:s|ed|ing|ful|less)?|grey(?:s|ish|scale)?|centre(?:s|d)?|neighbour\\w*|behaviour\\w*|favour\\w*',
    ),
    'color, gray, center, neighbor, behavior, favor',
  ],
  [
    words('licences?|licenced|artefacts?|catalogues?|analys(?:e|ed|es|ing)'),
    'license, artifact, catalog, analyze',
  ],
  [
    words(
      '(?:recogni|optimi|normali|initiali|seriali|synchroni|organi|minimi|maximi|summari|quanti|utili|customi|finali)s(?:e|es|ed|er|ers|ing|ation|ations)',
    ),
    '-ize, -ization',
  ],

  // Names of types and constants that were replaced
  [
    words('Backstage|StageKeeper|EngineKeeper|FailureLog|StillMaker|EffectScale|NetworkConfig|RungOptions'),
    'the name in docs/architecture.md',
  ],
  [/\b(?:no)?[eE]ffectScale\b/, 'outputScale'],
  [
    classes('Front|Stage|Outlet|Cadence|Figures|Recent|Recovery|Sampling|Scaler|Showing|Wanted'),
    'PipelineEvents, PipelineHost, TrackSink, FrameRateEstimator, StageTimings, RollingWindow, Backoff, TimingSampler, Downscaler, ShownFrame, DisplayState',
  ],
  [
    structs('Graphics|Gpu|Laps|Lease|Map|Backdrop|Behind|Moment|Join|Scores|StageTimes'),
    'GpuContext, FrameEncoder, StagesGuard, FeatureMap, Background, FrameParams, GateInput, HeadOutput, StageTimings',
  ],
  [/\b(?:SHARE|(?<!N[_ ])SPLITS|RAGGED)\b/, 'OUT_GROUPS_PER_THREAD, N_SPLITS, HAS_TAIL'],
  [/\b(?:straightened|on_black|to_level)\b/, 'unpremultiply, over_black, to_unorm8'],
];

/**
 * Uses that stay: in every file, or in those whose path `files` matches.
 *
 * @type {{ allow: RegExp, files?: RegExp, reason: string }[]}
 */
export const exceptions = [
  {
    allow:
      /\b(?:local |public |slow |the )?networks? ?(?:access|cards?|conditions?|connections?|errors?|failures?|idle|interfaces?|log|panel|requests?|tab|traffic)\b/gi,
    reason: 'the computer network',
  },
  {
    allow: /\bnetworkInterfaces\b|\bERR_NETWORK\w*|\bneural networks?\b/gi,
    reason: 'names of others, and the field',
  },
  {
    allow: /\bnetworks?\b/gi,
    files: /^scripts\/start|^tests\/browser\/(?:sfu|live)\//,
    reason: 'the computer network',
  },
  {
    allow: /networks?/gi,
    files: /^rust\/segmentation\/src\/network\/|^docs\/(?:architecture\.md|internals\/)/,
    reason: 'the layers of a model',
  },
  { allow: /\bnetworks?\b/gi, files: /^docs\/decisions\//, reason: 'the decision on this word' },
  { allow: /\bcanShare\b|navigator\.share/g, reason: 'names of the Web Share API' },
  {
    allow: /\bnetwork::|\bmod network\b|\bSelfie ?Network\b/g,
    files: /^rust\/segmentation\//,
    reason: 'names of the module of layers and of a type in it',
  },
  { allow: /\bnetwork\//g, reason: 'the folder of the layers of models' },
  { allow: /start\/network\.(?:test\.)?mjs/g, reason: 'a module about the computer network' },
  { allow: /\bpictures? on (?:the|a) walls?\b/gi, reason: 'the object' },
  {
    allow: /<\/?picture\b|picture-in-picture|pictureInPicture|PictureInPicture/g,
    reason: 'names in HTML and the DOM',
  },
  {
    allow: /\b(?:on|for|of|by) the processor\b/gi,
    files: /chime|livekit|twilio|integrations|migrating/i,
    reason: "the call SDKs' own processor objects",
  },
  {
    allow: /processor's (?:side|time)/gi,
    files: /chime|livekit|twilio/i,
    reason: "the call SDKs' own processor objects",
  },
  {
    allow:
      /\bIP address(?:es)?\b|\bemail address\b|\baddress bar\b|AddressSanitizer|address_mode\w*|AddressMode|address space/gi,
    reason: 'no URL',
  },
  {
    allow: /'address'|\.address\(\)|sanitizer[= ]address/g,
    reason: "Node's server.address() and the sanitizer's name",
  },
  {
    allow: /\bAddress ?Info\b|remote ?Address|obfuscate_host_addresses/g,
    reason: 'names of Node.js and Firefox',
  },
  { allow: /Fast Foreground Colour Estimation/g, reason: 'the title of a paper' },
  { allow: /\bspill the \w+ from their registers/g, reason: 'register spilling' },
  { allow: /\baddress\b/gi, files: /^scripts\/start\/network|^scripts\/setup\/port/, reason: 'IP addresses' },
  { allow: /\btrap '|\btrap "|\btrap -/g, files: /\.sh$|^\.ci\//, reason: "the shell's command" },
  {
    allow: /\btrap\b/gi,
    files: /^docs\/internals\/engines\.md$/,
    reason: "WebAssembly's own term, in a crash's analysis",
  },
  { allow: /traps? of (?:a |the )?Proxy|Proxy traps?/gi, reason: "JavaScript's own term" },
  { allow: /lightgr[ea]ys?/gi, reason: 'a color name of CSS' },
  {
    allow: /"COLOUR"/g,
    files: /^scripts\/clip\/scene\.py$/,
    reason: 'the title of a book, which is part of the committed clip',
  },
  { allow: /LICENCE(?:\.\w+)?|license(?:s)?-files?/g, reason: 'file names of others' },
  { allow: /Analyser(?:Node)?|createAnalyser/g, reason: 'a name of Web Audio' },
  { allow: /^\s*> .*/g, files: /\.md$/, reason: 'quotes' },
];

/** Files that the words are not looked for in, with the reason. */
export const skippedFiles = [
  [/^docs\/(?:reports|api)\//, 'written by programs'],
  [/^tests\/(?:golden|data)\/.*(?<!\.md)$/, 'results of other programs'],
  [/^rust\/fuzz\/corpus\//, 'random bytes'],
  [/^rust\/tflite\/src\/schema\.rs$/, "TensorFlow's schema"],
  [/^THIRD_PARTY\.md$|(?:^|\/)LICENSE[^/]*$|LICENSES?\.md$/, "licenses, in their authors' words"],
  [/^tests\/docs\/(?:refused-words|words\.test)\.mjs$/, 'this list and its test'],
];
