#include "serve/http/page.h"

#include <fmt/format.h>

#include "base/html.h"
#include "base/json.h"
#include "net/text.h"
#include "tern/version.h"

namespace tern::serve {
namespace {

constexpr std::string_view kStyle = R"(
:root { color-scheme: light dark; }
body { font: 16px/1.5 system-ui, sans-serif; max-width: 52rem; margin: 2rem auto; padding: 0 1rem; }
table { border-collapse: collapse; } td, th { text-align: left; padding: .15rem 1rem .15rem 0; }
code, textarea, pre { font: 14px/1.4 ui-monospace, monospace; }
section { border-top: 1px solid #8888; margin-top: 2rem; }
textarea { width: 100%; box-sizing: border-box; }
pre { overflow: auto; max-height: 24rem; padding: .5rem; border: 1px solid #8888; min-height: 1.4em; }
.failed { color: #c33; }
)";

// Sends the text, or the chosen file, to /predict/NAME and shows what comes back.
constexpr std::string_view kScript = R"(
for (const form of document.querySelectorAll('form')) {
  form.addEventListener('submit', async event => {
    event.preventDefault();
    const out = form.querySelector('pre');
    const file = form.querySelector('input[type=file]').files[0];
    const body = file || form.querySelector('textarea').value;
    out.textContent = '...';
    try {
      const response = await fetch(form.dataset.target, {method: 'POST', body});
      const text = await response.text();
      try { out.textContent = JSON.stringify(JSON.parse(text), null, 1); }
      catch { out.textContent = text; }
    } catch (error) { out.textContent = String(error); }
  });
}
)";

void write_types(std::string& html, std::string_view title, std::span<const IoInfo> infos) {
  for (const IoInfo& info : infos) {
    html += fmt::format("<tr><th scope=\"row\">{}</th><td>{}</td><td><code>{}</code></td></tr>\n",
                        title, html_escaped(info.name), html_escaped(info.text));
  }
}

// One row of zeros per input, when that is short enough to look at.
std::string example_of(const Signature& signature) {
  constexpr std::int64_t kMost = 1024;
  std::string text;
  JsonWriter json(text);
  const auto write = [&](auto self, const TypeInfo& type, std::size_t axis) -> void {
    if (axis == type.shape.size()) {
      if (type.dtype == DType::kString) {
        json.value("");
      } else {
        json.value(0);
      }
      return;
    }
    json.begin_array();
    const std::int64_t size = type.shape[axis].known() ? type.shape[axis].value() : 1;
    for (std::int64_t i = 0; i < size; ++i) self(self, type, axis + 1);
    json.end_array();
  };
  json.begin_object();
  json.key("inputs");
  json.begin_object();
  for (const IoInfo& input : signature.inputs()) {
    std::int64_t elements = 1;
    for (const Dim& dim : input.type.shape) {
      if (dim.known() && dim.value() > 0 && elements <= kMost) {
        elements *= std::min(dim.value(), kMost + 1);
      }
    }
    if (elements > kMost || is_complex(input.type.dtype)) return R"({"inputs": {}})";
    json.key(input.name);
    write(write, input.type, 0);
  }
  json.end_object();
  json.end_object();
  return text;
}

void write_model(std::string& html, const ModelStatus& status) {
  const std::string name = html_escaped(status.name);
  html +=
      fmt::format("<section><h2>{} <small>version {}, <span class=\"{}\">{}</span></small></h2>",
                  name, status.version, to_string(status.state), to_string(status.state));
  if (!status.reason.empty()) html += fmt::format("<p>{}</p>", html_escaped(status.reason));
  if (status.model == nullptr) {
    html += "</section>\n";
    return;
  }
  const Signature& signature = status.model->signature();
  html += "<table>\n";
  write_types(html, "input", signature.inputs());
  write_types(html, "output", signature.outputs());
  html += "</table>\n";
  const std::string target = net::percent_encode(status.name);
  html += fmt::format(
      "<form data-target=\"/predict/{}\"><p><label>JSON<br><textarea "
      "rows=\"4\">{}</textarea></label>"
      "</p><p><label>or a file (.npy, image, JSON) <input type=\"file\"></label></p>"
      "<p><button>Predict</button></p><pre aria-live=\"polite\"></pre></form></section>\n",
      target, html_escaped(example_of(signature)));
}

}  // namespace

std::string write_page(std::string_view server_name, const Repository& repository) {
  std::string html = fmt::format(
      "<!doctype html>\n<html lang=\"en\"><head><meta charset=\"utf-8\">"
      "<meta name=\"viewport\" content=\"width=device-width\"><title>{0}</title><style>{1}</style>"
      "</head><body>\n<h1>{0} <small>{2}</small></h1>\n"
      "<p><a href=\"/metrics\">metrics</a> &middot; <a href=\"/v2\">server</a> &middot; "
      "<a href=\"/v2/health/ready\">ready</a></p>\n",
      html_escaped(server_name), kStyle, version());
  for (const ModelStatus& status : repository.index()) write_model(html, status);
  html += fmt::format("<script>{}</script>\n</body></html>\n", kScript);
  return html;
}

}  // namespace tern::serve
