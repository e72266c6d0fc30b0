/// Every bound of the metrics, with its reason: whoever makes a label from what a peer says must not
/// be able to fill the memory.
struct MetricLimits: Sendable, Equatable {
    /// Names. The libraries have about a hundred.
    var maximumFamilies = 512
    /// Label sets of one name; values come from small fixed sets, two of ten are a hundred.
    var maximumSeriesPerFamily = 256
    /// Labels of one series.
    var maximumLabels = 8
    /// Bytes of a label's value; longer ones are cut.
    var maximumValueBytes = 128
}
