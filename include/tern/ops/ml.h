// Classical learners and their pre-processing: the domain ai.onnx.ml (onnx.ai/onnx/operators).
//
// X is a matrix [N, C] of N examples with C features, or [C] for one example, of type f32, f64, i64
// or i32, where nothing else is said. A classifier has one list of class labels, strings or
// integers, and two outputs: Y [N], the label of each example, and Z [N, E], f32 scores.
#pragma once

#include "tern/op.h"

namespace tern::ops {

/// What becomes of the scores s of one example: s itself; softmax(s); 1 / (1 + exp(-s)); softmax
/// over the scores that are not 0, which stay 0; the quantile of the normal distribution at s, with
/// the inverse error function approximated after Winitzki (a = 0.147) as other runtimes do.
enum class PostTransform { kNone, kSoftmax, kLogistic, kSoftmaxZero, kProbit };

/// How the trees of an ensemble make one score.
enum class TreeAggregate { kAverage, kSum, kMin, kMax };

/// gamma, coef0 and degree are `kernel_params`: u.v; (gamma u.v + coef0)^degree;
/// exp(-gamma |u - v|^2); tanh(gamma u.v + coef0).
enum class SvmKernel { kLinear, kPoly, kRbf, kSigmoid };

enum class RowNorm { kMax, kL1, kL2 };
enum class MapElement { kFloat, kString, kInt64 };
enum class MapForm { kDense, kSparse };

}  // namespace tern::ops

template <>
struct tern::AttributeEnum<tern::ops::PostTransform> {
  static constexpr std::array<std::string_view, 5> names{"NONE", "SOFTMAX", "LOGISTIC",
                                                         "SOFTMAX_ZERO", "PROBIT"};
};
template <>
struct tern::AttributeEnum<tern::ops::TreeAggregate> {
  static constexpr std::array<std::string_view, 4> names{"AVERAGE", "SUM", "MIN", "MAX"};
};
template <>
struct tern::AttributeEnum<tern::ops::SvmKernel> {
  static constexpr std::array<std::string_view, 4> names{"LINEAR", "POLY", "RBF", "SIGMOID"};
};
template <>
struct tern::AttributeEnum<tern::ops::RowNorm> {
  static constexpr std::array<std::string_view, 3> names{"MAX", "L1", "L2"};
};
template <>
struct tern::AttributeEnum<tern::ops::MapElement> {
  static constexpr std::array<std::string_view, 3> names{"TO_FLOAT", "TO_STRING", "TO_INT64"};
};
template <>
struct tern::AttributeEnum<tern::ops::MapForm> {
  static constexpr std::array<std::string_view, 2> names{"DENSE", "SPARSE"};
};

namespace tern::ops {

/// The entries Y (i64) of the last axis of X; a vector X counts as one row. Also for strings.
struct ArrayFeatureExtractor {
  static constexpr auto fields = Fields{};
};

/// 1 where X > threshold, else 0, in X's type and shape.
struct Binarizer {
  float threshold = 0;
  static constexpr auto fields = Fields{Field{"threshold", &Binarizer::threshold}};
};

/// The values of a map of integers to f32 or strings as one row [1, n], ordered by key; in the
/// sparse form value v of key k stands in column k of [1, max_map], and what has no column is
/// dropped.
struct CastMap {
  MapElement cast_to = MapElement::kFloat;
  MapForm map_form = MapForm::kDense;
  std::int64_t max_map = 1;
  static constexpr auto fields =
      Fields{Field{"cast_to", &CastMap::cast_to}, Field{"map_form", &CastMap::map_form},
             Field{"max_map", &CastMap::max_map}};
};

/// Strings to the integers that stand at the same place of the lists, or integers to strings.
struct CategoryMapper {
  std::vector<std::int64_t> cats_int64s;
  std::vector<std::string> cats_strings;
  std::int64_t default_int64 = -1;
  std::string default_string = "_Unused";
  static constexpr auto fields = Fields{Field{"cats_int64s", &CategoryMapper::cats_int64s},
                                        Field{"cats_strings", &CategoryMapper::cats_strings},
                                        Field{"default_int64", &CategoryMapper::default_int64},
                                        Field{"default_string", &CategoryMapper::default_string}};
};

/// The values of a map as a row [1, n], in the order of the one vocabulary that is given; 0 or ""
/// for keys that the map lacks.
struct DictVectorizer {
  std::vector<std::int64_t> int64_vocabulary;
  std::vector<std::string> string_vocabulary;
  static constexpr auto fields =
      Fields{Field{"int64_vocabulary", &DictVectorizer::int64_vocabulary},
             Field{"string_vocabulary", &DictVectorizer::string_vocabulary}};
};

/// The columns of all inputs side by side, as f32; an input that is wider than its entry of
/// `inputdimensions` is cut, one that is narrower gets zeros.
struct FeatureVectorizer {
  std::vector<std::int64_t> inputdimensions;
  static constexpr auto fields =
      Fields{Field{"inputdimensions", &FeatureVectorizer::inputdimensions}};
};

/// X with `replaced_value` (NaN is a value) replaced by `imputed_values`: one for all, or one for
/// each entry of the last axis. The attributes on integers are for integers.
struct Imputer {
  std::vector<float> imputed_value_floats;
  std::vector<std::int64_t> imputed_value_int64s;
  float replaced_value_float = 0;
  std::int64_t replaced_value_int64 = 0;
  static constexpr auto fields =
      Fields{Field{"imputed_value_floats", &Imputer::imputed_value_floats},
             Field{"imputed_value_int64s", &Imputer::imputed_value_int64s},
             Field{"replaced_value_float", &Imputer::replaced_value_float},
             Field{"replaced_value_int64", &Imputer::replaced_value_int64}};
};

/// Each key becomes the value at the same place of the lists, anything else the default of the
/// values' type. One list of keys and one of values; the first of equal keys counts, NaN equals
/// NaN. Tensors of rank 1 give the types that have no list of their own.
struct LabelEncoder {
  float default_float = -0.0F;
  std::int64_t default_int64 = -1;
  std::string default_string = "_Unused";
  Tensor default_tensor;
  std::vector<float> keys_floats;
  std::vector<std::int64_t> keys_int64s;
  std::vector<std::string> keys_strings;
  Tensor keys_tensor;
  std::vector<float> values_floats;
  std::vector<std::int64_t> values_int64s;
  std::vector<std::string> values_strings;
  Tensor values_tensor;
  static constexpr auto fields = Fields{Field{"default_float", &LabelEncoder::default_float},
                                        Field{"default_int64", &LabelEncoder::default_int64},
                                        Field{"default_string", &LabelEncoder::default_string},
                                        Field{"default_tensor", &LabelEncoder::default_tensor},
                                        Field{"keys_floats", &LabelEncoder::keys_floats},
                                        Field{"keys_int64s", &LabelEncoder::keys_int64s},
                                        Field{"keys_strings", &LabelEncoder::keys_strings},
                                        Field{"keys_tensor", &LabelEncoder::keys_tensor},
                                        Field{"values_floats", &LabelEncoder::values_floats},
                                        Field{"values_int64s", &LabelEncoder::values_int64s},
                                        Field{"values_strings", &LabelEncoder::values_strings},
                                        Field{"values_tensor", &LabelEncoder::values_tensor}};
};

/// Scores X * coefficients' + intercepts and the class with the largest. The rows of coefficients
/// [E, C] are classes; one row for two classes scores the second one, which wins above 0.
struct LinearClassifier {
  std::vector<std::int64_t> classlabels_ints;
  std::vector<std::string> classlabels_strings;
  std::vector<float> coefficients;
  std::vector<float> intercepts;
  std::int64_t multi_class = 0;  // says how the model was trained; changes nothing
  PostTransform post_transform = PostTransform::kNone;
  static constexpr auto fields =
      Fields{Field{"classlabels_ints", &LinearClassifier::classlabels_ints},
             Field{"classlabels_strings", &LinearClassifier::classlabels_strings},
             Field{"coefficients", &LinearClassifier::coefficients, kRequiredField},
             Field{"intercepts", &LinearClassifier::intercepts},
             Field{"multi_class", &LinearClassifier::multi_class},
             Field{"post_transform", &LinearClassifier::post_transform}};
};

/// X * coefficients' + intercepts as f32 [N, targets]; coefficients are [targets, C].
struct LinearRegressor {
  std::vector<float> coefficients;
  std::vector<float> intercepts;
  PostTransform post_transform = PostTransform::kNone;
  std::int64_t targets = 1;
  static constexpr auto fields = Fields{Field{"coefficients", &LinearRegressor::coefficients},
                                        Field{"intercepts", &LinearRegressor::intercepts},
                                        Field{"post_transform", &LinearRegressor::post_transform},
                                        Field{"targets", &LinearRegressor::targets}};
};

/// Each row divided by its largest value, the sum of its absolute values or the root of the sum of
/// its squares, as f32; a row whose divisor is 0 stays.
struct Normalizer {
  RowNorm norm = RowNorm::kMax;
  static constexpr auto fields = Fields{Field{"norm", &Normalizer::norm}};
};

/// A new last axis with a 1 at the category and zeros elsewhere, f32. Floats are cut to integers.
/// What is no category is all zeros, or refused without `zeros`.
struct OneHotEncoder {
  std::vector<std::int64_t> cats_int64s;
  std::vector<std::string> cats_strings;
  bool zeros = true;
  static constexpr auto fields = Fields{Field{"cats_int64s", &OneHotEncoder::cats_int64s},
                                        Field{"cats_strings", &OneHotEncoder::cats_strings},
                                        Field{"zeros", &OneHotEncoder::zeros}};
};

/// (X - offset) * scale as f32; one number for all, or one for each entry of the last axis.
struct Scaler {
  std::vector<float> offset;
  std::vector<float> scale;
  static constexpr auto fields =
      Fields{Field{"offset", &Scaler::offset}, Field{"scale", &Scaler::scale}};
};

/// With `vectors_per_class`, libsvm's classifier (csie.ntu.edu.tw/~cjlin/papers/libsvm.pdf): a
/// decision value for each pair of classes from support vectors [V, C] and coefficients [E - 1, V],
/// and the class with the most votes. Z are the decision values [N, E (E - 1) / 2], for two classes
/// the negated value and the value; with prob_a and prob_b (one of each a pair) probabilities of
/// the classes [N, E] by pairwise coupling. Without, a linear score of each class, coefficients
/// [E, C] and the first rho, and the class with the largest.
struct SVMClassifier {
  std::vector<std::int64_t> classlabels_ints;
  std::vector<std::string> classlabels_strings;
  std::vector<float> coefficients;
  std::vector<float> kernel_params;
  SvmKernel kernel_type = SvmKernel::kLinear;
  PostTransform post_transform = PostTransform::kNone;
  std::vector<float> prob_a;
  std::vector<float> prob_b;
  std::vector<float> rho;
  std::vector<float> support_vectors;
  std::vector<std::int64_t> vectors_per_class;
  static constexpr auto fields =
      Fields{Field{"classlabels_ints", &SVMClassifier::classlabels_ints},
             Field{"classlabels_strings", &SVMClassifier::classlabels_strings},
             Field{"coefficients", &SVMClassifier::coefficients},
             Field{"kernel_params", &SVMClassifier::kernel_params},
             Field{"kernel_type", &SVMClassifier::kernel_type},
             Field{"post_transform", &SVMClassifier::post_transform},
             Field{"prob_a", &SVMClassifier::prob_a},
             Field{"prob_b", &SVMClassifier::prob_b},
             Field{"rho", &SVMClassifier::rho},
             Field{"support_vectors", &SVMClassifier::support_vectors},
             Field{"vectors_per_class", &SVMClassifier::vectors_per_class}};
};

/// The sum of coefficients * kernel(X, support vector) + rho as f32 [N, 1]; without support vectors
/// X * coefficients + rho. With `one_class` its sign: 1 above 0, else -1.
struct SVMRegressor {
  std::vector<float> coefficients;
  std::vector<float> kernel_params;
  SvmKernel kernel_type = SvmKernel::kLinear;
  std::int64_t n_supports = 0;
  bool one_class = false;
  PostTransform post_transform = PostTransform::kNone;
  std::vector<float> rho;
  std::vector<float> support_vectors;
  static constexpr auto fields = Fields{Field{"coefficients", &SVMRegressor::coefficients},
                                        Field{"kernel_params", &SVMRegressor::kernel_params},
                                        Field{"kernel_type", &SVMRegressor::kernel_type},
                                        Field{"n_supports", &SVMRegressor::n_supports},
                                        Field{"one_class", &SVMRegressor::one_class},
                                        Field{"post_transform", &SVMRegressor::post_transform},
                                        Field{"rho", &SVMRegressor::rho},
                                        Field{"support_vectors", &SVMRegressor::support_vectors}};
};

/// A sequence with a map for each row of X (f32 [N, C] or [C]): the C labels, strings or integers,
/// to the values of the row.
struct ZipMap {
  std::vector<std::int64_t> classlabels_int64s;
  std::vector<std::string> classlabels_strings;
  static constexpr auto fields = Fields{Field{"classlabels_int64s", &ZipMap::classlabels_int64s},
                                        Field{"classlabels_strings", &ZipMap::classlabels_strings}};
};

}  // namespace tern::ops
