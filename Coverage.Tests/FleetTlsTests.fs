/// Who may come to the port of a silo: whoever shows a certificate of the authority, and nobody else.
module Coverage.Tests.FleetTlsTests

open System
open System.IO
open System.Net
open System.Net.Sockets
open System.Security.Cryptography
open System.Security.Cryptography.X509Certificates
open Expecto
open Orleans.Runtime
open Coverage.FleetServer
open Coverage.Tests.Sandbox
open Coverage.Tests.FleetSilos

let private day = TimeSpan.FromDays 1.0
let private now = DateTimeOffset.UtcNow

let private request (name: string) (key: ECDsa) =
    CertificateRequest($"CN={name}", key, HashAlgorithmName.SHA256)

let private authority name : X509Certificate2 =
    let request = request name (ECDsa.Create ECCurve.NamedCurves.nistP256)
    request.CertificateExtensions.Add(X509BasicConstraintsExtension(true, false, 0, true))
    request.CreateSelfSigned(now - 10.0 * day, now + 10.0 * day)

/// A certificate of this time that an authority signed, and its key.
let private signedFor first last name (authority: X509Certificate2) : X509Certificate2 * ECDsa =
    let key = ECDsa.Create ECCurve.NamedCurves.nistP256
    (request name key).Create(authority, now + first, now + last, RandomNumberGenerator.GetBytes 8), key

let private signed = signedFor -day day

let private accepted (shown: X509Certificate2) (authority: X509Certificate2) =
    Silo.IsOfAuthority(shown, null, X509Certificate2Collection authority)

/// The files of a certificate, its key and its authority.
let private files (folder: Folder) (name: string) (authority: X509Certificate2) : string list =
    let certificate, key = signed name authority

    let write kind (text: string) =
        let path = folder.At $"{name}.{kind}.pem"
        File.WriteAllText(path, text)
        path

    [ write "certificate" (certificate.ExportCertificatePem())
      write "key" (key.ExportPkcs8PrivateKeyPem())
      write "authority" (authority.ExportCertificatePem()) ]

/// What is wrong with options, as the user reads it.
let private wrong (options: SiloOptions) : string =
    try
        use _ = build options
        "nothing"
    with :? SiloOptionException as e ->
        e.Message

[<Tests>]
let tests =
    testList
        "fleet TLS"
        [ testCase "a certificate counts when the authority itself signed it and its time is now" (fun () ->
              let ours, other = authority "ours", authority "other"
              let sameName = authority "ours"
              let by authority = fst (signed "a" authority)
              let between first last = fst (signedFor first last "a" ours)
              Expect.isTrue (accepted (by ours) ours) "signed by it"
              Expect.isFalse (accepted (by other) ours) "signed by another"
              Expect.isFalse (accepted (by sameName) ours) "signed by another of its name"
              Expect.isFalse (accepted sameName ours) "another of its name"
              Expect.isFalse (accepted (between (-2.0 * day) -day) ours) "of yesterday"
              Expect.isFalse (accepted (between day (2.0 * day)) ours) "of tomorrow")

          archiveTest
              "a silo beyond loopback needs a certificate, its key and the authority, and files that are such"
              (fun folder ->
                  let silo (address: string) (tls: string list) =
                      let file at = if tls[at] = "" then null else tls[at]

                      SiloOptions(
                          "Host=nowhere",
                          "a",
                          IPAddress.Parse address,
                          freePort (),
                          file 0,
                          file 1,
                          file 2
                      )

                  let ours = authority "ours"
                  let good = files folder "good" ours
                  let other = files folder "other" ours
                  let none = [ ""; ""; "" ]
                  Expect.equal (wrong (silo "127.0.0.1" none)) "nothing" "plain text on loopback"
                  Expect.equal (wrong (silo "::1" none)) "nothing" "plain text on loopback"

                  Expect.stringStarts
                      (wrong (silo "192.0.2.1" good))
                      "the silo cannot listen on 192.0.2.1:"
                      "not of this machine"

                  Expect.stringStarts
                      (wrong (silo "192.0.2.1" none))
                      "the silo's address 192.0.2.1 is not of loopback"
                      "none"

                  for missing in 0..2 do
                      for address in [ "127.0.0.1"; "192.0.2.1" ] do
                          Expect.stringContains
                              (wrong (silo address (List.updateAt missing "" good)))
                              "go together: give all three"
                              "one is missing"

                  let cannotRead at file =
                      Expect.stringStarts
                          (wrong (silo "192.0.2.1" (List.updateAt at file good)))
                          "cannot read the certificate "
                          "not such a file"

                  cannotRead 0 (folder.At "nowhere.pem")
                  cannotRead 0 good[1]
                  cannotRead 1 other[1]
                  cannotRead 2 good[1]
                  cannotRead 2 (folder.At "nowhere.pem"))

          archiveTest
              "silos with certificates of one authority join, others and plain text do not"
              (fun folder ->
                  let database = migrated ()
                  let ours, other = authority "ours", authority "other"
                  use a = new SiloProcess(database, "a", files folder "a" ours)
                  a.AwaitStart()
                  use b = new SiloProcess(database, "a", files folder "b" ours)
                  b.AwaitStart()

                  // It trusts our authority, and shows a certificate of another.
                  let trusted = List.last (files folder "c" ours)
                  let mixed = List.updateAt 2 trusted (files folder "foreign" other)
                  use foreign = new SiloProcess(database, "a", mixed)
                  use plain = new SiloProcess(database, "a")

                  // What is no greeting of TLS gets no answer.
                  use stranger = new TcpClient("127.0.0.1", a.Port)
                  let stream = stranger.GetStream()
                  stream.Write(Array.zeroCreate<byte> 64, 0, 64)

                  let read =
                      try
                          stream.Read(Array.zeroCreate<byte> 1, 0, 1)
                      with :? IOException ->
                          0

                  Expect.equal read 0 "closed"

                  for silo in [ foreign; plain ] do
                      Expect.notEqual (silo.End()) 0 "it ends with an error"
                      Expect.isFalse silo.HasStarted "it never joined"

                  let lives =
                      silos database "a" |> Set.filter (fun (_, status) -> status = SiloStatus.Active)

                  Expect.equal
                      lives
                      (set [ for silo in [ a; b ] -> silo.Port, SiloStatus.Active ])
                      "the others go on"

                  Expect.isFalse (a.HasEnded || b.HasEnded) "and live") ]
