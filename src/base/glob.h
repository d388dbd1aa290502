// Names chosen by patterns, as options of people name layers and files.
#pragma once

#include <string_view>

namespace tern {

/// Whether the whole of `text` is what `pattern` says: * stands for any characters, ? for one.
/// Takes time linear in the two lengths' product at most.
bool glob_matches(std::string_view pattern, std::string_view text);

/// Whether a list of patterns divided by commas chooses `name`: the first that matches decides, and
/// one that begins with ! leaves the name out. "!*.bias,layer4.*,fc.*"
bool is_selected(std::string_view patterns, std::string_view name);

}  // namespace tern
