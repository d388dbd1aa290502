// A certificate of its own for each test run: none to keep, none to expire.
#pragma once

#include <string>

namespace tern::net {

/// Writes a self-signed certificate for the address 127.0.0.1, valid for an hour, and its new key.
void write_self_signed_certificate(const std::string& certificate_file,
                                   const std::string& key_file);

}  // namespace tern::net
