// Datasets from files: CSV, MNIST's IDX and NumPy's .npy, each also gzip-compressed, and folders of
// images.
//
//   auto digits = tern::open_csv("digits.csv.gz", {.label = "last", .shape = {1, 8, 8}});
//   auto mnist = tern::open_idx("images-idx3-ubyte.gz", "labels-idx1-ubyte.gz");
//   tern::Dataset rows = digits->data;      // fields "input" f32[1,8,8] and "label" i64[]
//
// Every source has the field "input", f32, and "label" when there are labels: i64[] with the names
// of the classes, or f32[1] for numbers. Files, other than images, are read whole when they are
// opened; what is wrong with them is reported then, with file, line and column.
#pragma once

#include <cstdint>
#include <optional>
#include <span>
#include <string>
#include <string_view>
#include <vector>

#include "tern/dataset.h"
#include "tern/image.h"

namespace tern {

inline constexpr std::string_view kInputField = "input";
inline constexpr std::string_view kLabelField = "label";

/// What files may hold, and unpack to, unless told otherwise.
inline constexpr std::uint64_t kMaxDataBytes = std::uint64_t{4} << 30;

enum class LabelKind : std::uint8_t {
  kClass,   ///< the index of the label in the list of classes
  kNumber,  ///< the number itself: regression
};

/// What a text is worth in a column of inputs.
enum class TextColumns : std::uint8_t {
  kError,   ///< nothing: inputs are numbers
  kOneHot,  ///< one input per different text of the column, 1 where it is the row's, else 0
  kIgnore,  ///< nothing: columns with text are left out
};

enum class MissingValues : std::uint8_t {
  kError,
  kDropRow,
  kMean,  ///< the mean of the column; in a one-hot column no input is 1
  kZero,
};

struct CsvColumn {
  std::string name;                     ///< "" without a header
  std::vector<std::string> categories;  ///< the texts of a one-hot column; empty: a number
  float mean = 0;                       ///< of the rows that have a value
  bool is_input = true;                 ///< false: left out, or the label
  friend bool operator==(const CsvColumn&, const CsvColumn&) = default;
};

/// How the columns of a file became inputs. Another file read with it gives the same inputs for the
/// same row, which is what a model trained on the first one needs.
struct CsvSchema {
  std::vector<CsvColumn> columns;
  std::optional<std::size_t> label;  ///< the place of the label in `columns`
  std::vector<std::string> classes;  ///< of the label; empty for numbers
  float scale = 1;                   ///< numbers are multiplied with this
  friend bool operator==(const CsvSchema&, const CsvSchema&) = default;
};

/// The schema as one line of JSON, and back; kInvalidArgument for text that is no schema.
std::string to_json(const CsvSchema& schema);
Result<CsvSchema> parse_csv_schema(std::string_view json);

struct CsvOptions {
  /// '\0': a comma, semicolon or tab, whichever is most frequent in the first line.
  char separator = '\0';
  /// Whether the first line has names. Unset: it has when none of its cells is a number.
  std::optional<bool> header;
  /// Lines that begin with this are skipped; "" for none.
  std::string comment;
  /// The column of labels: a name, a number from 1, or "last"; "" for none.
  std::string label;
  LabelKind label_kind = LabelKind::kClass;
  /// The classes in order; a label that is not among them is an error. Empty: the different labels
  /// of the file, in order of number or, when one is no number, of bytes.
  std::vector<std::string> classes;
  /// Columns to leave out, as `label` names them.
  std::vector<std::string> ignore;
  TextColumns text = TextColumns::kError;
  /// What to do without a value. A row without a label is dropped unless this is kError.
  MissingValues missing = MissingValues::kError;
  /// Cells that count as missing, beside empty ones.
  std::vector<std::string> missing_words = {"NA", "N/A", "NaN", "nan", "null", "NULL", "?"};
  /// Of the inputs of a row; as many elements as inputs. Empty: [inputs].
  Shape shape;
  /// Numbers are multiplied with this.
  float scale = 1;
  /// Of another file, whose inputs these should be: `classes`, `ignore`, `text` and `scale` are
  /// taken from it, and `label` unless it is given. With a header, columns are found by name and
  /// others are left out; without, by their place. The label's column need not be there.
  std::optional<CsvSchema> schema;
  std::uint64_t max_bytes = kMaxDataBytes;
};

struct CsvDataset {
  Dataset data;
  CsvSchema schema;
};

/// RFC 4180 with any separator and line ending: cells in double quotes may hold separators, line
/// ends and doubled quotes. Spaces around other cells and empty lines do not count. kDataLoss,
/// "digits.csv:17: column 5 (width): ...", for what does not fit, kInvalidArgument for options that
/// do not fit the file.
Result<CsvDataset> open_csv(const std::string& path, const CsvOptions& options = {});
/// The same for text in memory; `name` stands for the path in messages.
Result<CsvDataset> parse_csv(std::string_view text, const std::string& name,
                             const CsvOptions& options = {});

/// Writes the rows as CSV without a header: the elements of each field in turn, a class by its name
/// where it has one. open_csv() with label "last" reads inputs and label back. The file is replaced
/// in one step. kInvalidArgument for fields that are no numbers.
Status save_csv(const Dataset& data, const std::string& path);

struct IdxOptions {
  /// Elements of the images are multiplied with this: bytes become 0 to 1.
  float scale = 1.0F / 255;
  /// Of one image; as many elements as one has. Empty: [1,H,W] for images of H x W, else as in the
  /// file.
  Shape shape;
  std::uint64_t max_bytes = kMaxDataBytes;
};

/// Two IDX files: images (any rank from 1, the first axis counts them) and their labels, whole
/// numbers from 0 up to below 1,000,000; `labels` may be "". The classes are the numbers up to the
/// largest label. kDataLoss for bytes that are no IDX file or do not belong together.
Result<Dataset> open_idx(const std::string& images, const std::string& labels,
                         const IdxOptions& options = {});
/// What one IDX file holds, in its own type: i8, u8, i16, i32, f32 or f64.
Result<Tensor> parse_idx(std::span<const std::byte> bytes);

/// Two .npy files, as open_idx(): inputs of any number type are converted to f32, labels of a whole
/// number type are classes, of a floating type numbers.
Result<Dataset> open_npy(const std::string& inputs, const std::string& labels,
                         std::uint64_t max_bytes = kMaxDataBytes);

/// How image files become the field "input".
struct ImageRowOptions {
  /// Of the images in a row; 0: as the first image has.
  std::int64_t height = 0;
  std::int64_t width = 0;
  ImageFit fit = ImageFit::kCrop;
  ResizeOptions resize;
  std::uint8_t fill = 114;  ///< of borders, with ImageFit::kPad
  /// Colours and limits.
  DecodeOptions decode;
  /// Type, layout and scaling.
  ImageTensorOptions tensor;
};

/// The options as one line of JSON, less the limits of `decode`: what a model's metadata tell of
/// the images it takes. And back, where an absent member leaves the default; kInvalidArgument for
/// text that says something else.
std::string to_json(const ImageRowOptions& options);
Result<ImageRowOptions> parse_image_row_options(std::string_view json);

/// The image files, without labels, in this order. Files are read and decoded when their row is, so
/// that is where a damaged one is reported, by its path.
Result<Dataset> open_images(std::vector<std::string> paths, const ImageRowOptions& options = {});

/// A folder with a subfolder per class, which holds images (.jpg, .jpeg, .png, .webp, .bmp) and
/// perhaps more folders of them. Rows are in the order of classes and paths. Without subfolders the
/// images have no labels. `classes` are the subfolders in the order of the classes, others are left
/// out; empty: all of them by name. Files are read as open_images() does.
Result<Dataset> open_image_folder(const std::string& path, const ImageRowOptions& options = {},
                                  std::vector<std::string> classes = {});

}  // namespace tern
