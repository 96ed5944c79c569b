// An application that sends what is no PDU, and asks afterwards whether the centre still listens.
'use strict'

const smpp = require('smpp')

const [host, port, systemId, password, octets] = process.argv.slice(2)
const tell = (event, facts) => console.log(JSON.stringify({ event, ...facts }))

const session = smpp.connect({ url: `smpp://${host}:${port}` }, () => {
  session.bind_transceiver({ system_id: systemId, password }, pdu => {
    tell('bound', { status: pdu.command_status })
    session.on('pdu', pdu => {
      tell('answer', {
        command: pdu.command,
        status: pdu.command_status,
        sequence: pdu.sequence_number
      })
      if (pdu.command === 'enquire_link_resp') session.unbind(() => session.close())
    })
    session.socket.write(Buffer.from(octets, 'hex'))
    session.enquire_link()
  })
})
session.on('error', error => tell('error', { reason: error.message }))
session.on('close', () => tell('closed', {}))
