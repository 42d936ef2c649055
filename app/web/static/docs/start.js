// Starts Swagger UI without a word to anybody else: no validator badge, no external fonts, no stored keys.
const dark = window.matchMedia("(prefers-color-scheme: dark)");
const follow = () => document.documentElement.classList.toggle("dark-mode", dark.matches);
dark.addEventListener("change", follow);
follow();

const place = document.getElementById("swagger-ui");
window.ui = SwaggerUIBundle({
  url: place.dataset.openapi,
  domNode: place,
  layout: "BaseLayout",
  validatorUrl: "none",
  deepLinking: true,
  docExpansion: "none",
  filter: true,
  defaultModelsExpandDepth: 0,
  defaultModelExpandDepth: 3,
  defaultModelRendering: "model",
  displayRequestDuration: true,
  showCommonExtensions: true,
  tryItOutEnabled: true,
  requestSnippetsEnabled: true,
  syntaxHighlight: { activated: true, theme: "agate" },
  presets: [SwaggerUIBundle.presets.apis],
});
