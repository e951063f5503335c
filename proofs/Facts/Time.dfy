// Coverage.Core/Time/Time.fs: points and lengths of time are whole microseconds, hours are numbered from the epoch.
module Time {
  type Instant = int
  type Duration = int
  type Hour = int

  const Second: Duration := 1_000_000
  const HourLength: Duration := 3_600_000_000

  // What "nothing yet" is compared with: earlier than every instant an archive can name.
  const BeforeAll: Instant := -0x4000_0000_0000_0000

  // And what "for ever" is.
  const AfterAll: Instant := 0x4000_0000_0000_0000

  function Max(a: int, b: int): int { if a >= b then a else b }
  function Min(a: int, b: int): int { if a <= b then a else b }

  function HourStart(hour: Hour): Instant { hour * HourLength }
  function HourFinish(hour: Hour): Instant { HourStart(hour + 1) }

  // Division of integers rounds down here, also of negative ones; F#'s does not, so it has a case for them.
  function HourOf(instant: Instant): Hour { instant / HourLength }
}
