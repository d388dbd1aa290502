// The paths of the HTTP front end and what each means.
#pragma once

#include <array>
#include <cstdint>
#include <string_view>

namespace tern::serve {

enum class Route : std::uint8_t {
  kPage,
  kMetrics,
  kServer,
  kLive,
  kReady,
  kModel,
  kModelReady,
  kModelConfig,
  kStatistics,
  kInfer,
  kPredict,
  kIndex,
  kLoad,
  kUnload,
  kTfStatus,
  kTfMetadata,
  kTfPredict,
};

struct RouteLine {
  std::string_view method;
  std::string_view pattern;
  Route route;
};

inline constexpr std::array kRoutes{
    RouteLine{"GET", "/", Route::kPage},
    RouteLine{"GET", "/metrics", Route::kMetrics},
    RouteLine{"GET", "/v2", Route::kServer},
    RouteLine{"GET", "/v2/health/live", Route::kLive},
    RouteLine{"GET", "/v2/health/ready", Route::kReady},
    RouteLine{"GET", "/v2/models/{model}[/versions/{version}]", Route::kModel},
    RouteLine{"GET", "/v2/models/{model}[/versions/{version}]/ready", Route::kModelReady},
    RouteLine{"POST", "/v2/models/{model}[/versions/{version}]/infer", Route::kInfer},
    RouteLine{"GET", "/v2/models/{model}[/versions/{version}]/config", Route::kModelConfig},
    RouteLine{"GET", "/v2/models/{model}[/versions/{version}]/stats", Route::kStatistics},
    RouteLine{"GET", "/v2/models/stats", Route::kStatistics},
    RouteLine{"POST", "/v2/repository/index", Route::kIndex},
    RouteLine{"POST", "/v2/repository/models/{model}/load", Route::kLoad},
    RouteLine{"POST", "/v2/repository/models/{model}/unload", Route::kUnload},
    RouteLine{"GET", "/v1/models/{model}[/versions/{version}]", Route::kTfStatus},
    RouteLine{"GET", "/v1/models/{model}[/versions/{version}]/metadata", Route::kTfMetadata},
    RouteLine{"POST", "/v1/models/{model}:predict", Route::kTfPredict},
    RouteLine{"POST", "/v1/models/{model}/versions/{version}:predict", Route::kTfPredict},
    RouteLine{"POST", "/predict[/{model}]", Route::kPredict},
};

}  // namespace tern::serve
